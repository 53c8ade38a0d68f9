#include "common/platform/mastodon/rates.h"

#include "common/platform/charge.h"

namespace carillon::mastodon {

using platform::Action;
using platform::ChargeOf;

std::vector<platform::RateCharge> RateCharges(const platform::Facts& facts, std::optional<Action> action) {
  const platform::RateCharge request = ChargeOf(facts, "requests");
  if (!action) return {ChargeOf(facts, "post"), request};
  switch (*action) {
    // A boost is a status (app/services/reblog_service.rb).
    case Action::kRepost: return {ChargeOf(facts, "post"), request};
    // Its answer tells of the statuses, and it counts as none (app/controllers/api/v1/statuses_controller.rb).
    case Action::kEdit: return {ChargeOf(facts, "post", 0), request};
    case Action::kDelete:
    case Action::kUnrepost: return {ChargeOf(facts, "delete"), request};
    default: return {request};
  }
}

}  // namespace carillon::mastodon
