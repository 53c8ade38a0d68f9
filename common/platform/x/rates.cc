#include "common/platform/x/rates.h"

#include "common/platform/charge.h"

namespace carillon::x {
namespace {

using platform::Action;

// The endpoint's name in the facts.
std::string EndpointOf(const platform::PublishContent& content, std::optional<Action> action) {
  if (!action) return content.conversation_remote_id.empty() ? "post" : "dm_send";
  switch (*action) {
    case Action::kDelete: return "delete";
    case Action::kLike: return "like";
    case Action::kUnlike: return "unlike";
    case Action::kRepost: return "repost";
    case Action::kUnrepost: return "unrepost";
    case Action::kHide:
    case Action::kUnhide: return "hide_reply";
    case Action::kEdit: break;
  }
  return "";
}

}  // namespace

std::vector<platform::RateCharge> RateCharges(const platform::Facts& facts, const platform::PublishContent& content,
                                              std::optional<Action> action) {
  const std::string endpoint = EndpointOf(content, action);
  std::vector<platform::RateCharge> out;
  if (endpoint.empty()) return out;
  for (const char* window : {"", "_of_day", "_of_app"}) {
    if (facts.Has("rate." + endpoint + window)) out.push_back(platform::ChargeOf(facts, endpoint + window));
  }
  return out;
}

void NameReadings(const std::vector<platform::RateCharge>& charges, platform::PublishOutcome& out) {
  if (charges.empty()) out.readings.clear();
  for (platform::RateReading& reading : out.readings) reading.name = charges.front().name + reading.name;
}

}  // namespace carillon::x
