#include "services/publisher/domain/limits.h"

#include <algorithm>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "services/publisher/domain/effects.h"
#include "services/publisher/domain/rates.h"

namespace carillon::publisher {
namespace {

// A server that does not answer, or a report that was lost.
constexpr absl::Duration kRetry = absl::Hours(1);
// The accounts of a server that were connected together do not ask it together: the last tenth of the time is spread.
constexpr int kSpread = 1000;

}  // namespace

absl::Time LimitsDueAt(const v1::Account& account) {
  if (account.state() != v1::ACCOUNT_STATE_CONNECTED || !account.has_limits_next_at()) return absl::InfiniteFuture();
  return FromProto(account.limits_next_at());
}

void PlanLimits(v1::Account& account, const Rules& rules, absl::Time now) {
  const int spread = static_cast<int>(Murmur2(account.id()) % kSpread);
  *account.mutable_limits_read_at() = ToProto(now);
  *account.mutable_limits_next_at() = ToProto(now + rules.limits_age - rules.limits_age / 10 / kSpread * spread);
}

Status OnLimitsDue(Turn& turn, v1::Account& account) {
  if (LimitsDueAt(account) == absl::InfiniteFuture() || turn.IsBefore(account.limits_next_at())) return Ok();
  *account.mutable_limits_next_at() = ToProto(turn.now() + std::min(kRetry, turn.rules().limits_age));
  ForgetOldWindows(account, turn.now());
  turn.Changed(account.id(), "account.limits_asked");
  auto job = std::make_shared<ReadLimitsJob>();
  job->account = account;
  turn.Do(std::move(job));
  return Ok();
}

Status OnLimitsReport(Turn& turn, v1::Account& account, const v1::LimitsReport& report) {
  // Asked again by its time.
  if (account.state() != v1::ACCOUNT_STATE_CONNECTED || !report.has_limits()) return Ok();
  *account.mutable_limits() = report.limits();
  PlanLimits(account, turn.rules(), turn.now());
  turn.Changed(account.id(), "account.limits_read");
  return Ok();
}

}  // namespace carillon::publisher
