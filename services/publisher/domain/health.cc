#include "services/publisher/domain/health.h"

#include "common/base/clock.h"

namespace carillon::publisher {
namespace {

// A person has this long to connect it again.
constexpr absl::Duration kEndsSoon = absl::Hours(7 * 24);

void AddProblems(v1::AccountHealth& health, absl::Time now) {
  if (health.state() == v1::ACCOUNT_STATE_DISCONNECTED) health.add_problems("DISCONNECTED");
  if (health.state() == v1::ACCOUNT_STATE_NEEDS_RECONNECT) health.add_problems("NEEDS_RECONNECT");
  const bool ends = health.has_token_expires_at() && !health.token_refreshable() &&
                    FromProto(health.token_expires_at()) < now + kEndsSoon;
  if (ends && health.state() == v1::ACCOUNT_STATE_CONNECTED) health.add_problems("TOKEN_ENDS_SOON");
  if (health.scopes_missing_size() > 0) health.add_problems("SCOPES_MISSING");
  if (health.in_doubt() > 0) health.add_problems("IN_DOUBT");
}

}  // namespace

v1::AccountHealth HealthOf(const v1::Account& account, const HealthFacts& facts, absl::Time now) {
  v1::AccountHealth health;
  health.set_account_id(account.id());
  health.set_username(account.username());
  health.set_platform(account.platform());
  health.set_brand_id(account.brand_id());
  health.set_state(account.state());
  if (account.has_token_expires_at()) *health.mutable_token_expires_at() = account.token_expires_at();
  health.set_token_refreshable(account.token_refreshable());
  *health.mutable_scopes_granted() = account.granted_scopes();
  for (const std::string& scope : facts.scopes_missing) health.add_scopes_missing(scope);
  if (account.has_last_success_at()) *health.mutable_last_success_at() = account.last_success_at();
  health.set_last_error(account.last_error());
  if (account.has_last_error_at()) *health.mutable_last_error_at() = account.last_error_at();
  health.set_waiting(facts.waiting);
  for (const auto& [what, count] : facts.waiting_for) {
    v1::WaitingFor* waiting = health.add_waiting_for();
    waiting->set_what(what);
    waiting->set_count(count);
  }
  if (FromProto(account.next_send_at()) > now) *health.mutable_next_send_at() = account.next_send_at();
  health.set_in_doubt(facts.in_doubt);
  if (account.has_limits_read_at()) *health.mutable_limits_read_at() = account.limits_read_at();
  *health.mutable_as_of() = ToProto(now);
  AddProblems(health, now);
  return health;
}

}  // namespace carillon::publisher
