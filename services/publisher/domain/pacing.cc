#include "services/publisher/domain/pacing.h"

#include <algorithm>
#include <map>

#include "common/base/clock.h"
#include "services/publisher/domain/attempts.h"
#include "services/publisher/domain/states.h"

namespace carillon::publisher {
namespace {

constexpr char kRateLimited[] = "RATE_LIMITED";
constexpr char kRateLimit[] = "RATE_LIMIT";
constexpr char kSpacing[] = "SPACING";

void NoteLimitReset(Turn& turn, v1::Account& account, const v1::PublishReport& report) {
  if (FromProto(report.limit_reset()) <= FromProto(account.next_send_at())) return;
  *account.mutable_next_send_at() = report.limit_reset();
  turn.Changed(account.id(), "account.rate_limited");
}

}  // namespace

Pace PaceOf(const v1::Account& account, const std::vector<RateCost>& costs, const Rules& rules, absl::Time now, int app_accounts) {
  const absl::Time reset = FromProto(account.next_send_at());
  if (now < reset) return {kRateLimited, reset};
  const absl::Time spaced = FromProto(account.spacing_at()) - rules.spacing * (rules.burst - 1);
  if (now < spaced) return {kSpacing, spaced};
  if (account.recent_size() >= rules.recent_max) {
    return {kSpacing, absl::FromUnixMillis(account.recent(0).at_ms()) + rules.recent_kept};
  }
  const auto hold = HoldOf(account, costs, now, app_accounts);
  return hold ? Pace{kRateLimit, hold->until, hold->cost} : Pace{};
}

void CountSend(v1::Account& account, const std::vector<RateCost>& costs, const Rules& rules, absl::Time now) {
  *account.mutable_spacing_at() = ToProto(std::max(now, FromProto(account.spacing_at())) + rules.spacing);
  Charge(account, costs, now);
}

std::vector<RateCost> CostsOf(const Turn& turn, const v1::Account& account, const v1::Dispatch& dispatch) {
  if (!turn.rules().rates_of) return {};
  return turn.rules().rates_of(account, dispatch);
}

int AppAccountsFor(const Turn& turn, const v1::Account& account, const std::vector<RateCost>& costs) {
  const bool shared = std::any_of(costs.begin(), costs.end(), [](const RateCost& cost) { return cost.of_app; });
  return shared ? std::max(1, turn.gates().AppAccounts(AppKey(account))) : 1;
}

Status NoteReport(Turn& turn, const v1::Delivery& delivery, const v1::Attempt* attempt, const v1::PublishReport& report) {
  ASSIGN_OR_RETURN(v1::Account * account, turn.NeedAccount(delivery.dispatch().account_id()));
  const std::vector<RateCost> costs = CostsOf(turn, *account, delivery.dispatch());
  const absl::Time at = attempt == nullptr ? absl::UnixEpoch() : FromProto(attempt->started_at());
  if (report.result() == v1::PUBLISH_RESULT_NOT_SENT) Uncharge(*account, costs, at);
  // Nothing arrives later than its last moment of sending, however late one hears of it.
  const absl::Time by = attempt == nullptr ? at : std::min(turn.now(), FromProto(attempt->send_before()));
  if (Answered(*account, costs, at, by)) turn.Changed(account->id(), "account.window_began");
  const bool is_told = report.rate_readings_size() > 0 && !costs.empty();
  if (is_told) {
    Correct(*account, costs, report, at, turn.now(), AppAccountsFor(turn, *account, costs));
    turn.Changed(account->id(), "account.limits_told");
  }
  // Where the windows know, they say it. Platforms count actions by themselves: posts do not wait for that.
  if (report.has_limit_reset() && !is_told && !IsAction(delivery)) NoteLimitReset(turn, *account, report);
  if (report.result() == v1::PUBLISH_RESULT_REFUSED && report.refusal() != v1::REFUSAL_CLASS_DUPLICATE) {
    account->set_last_error(report.error());
    *account->mutable_last_error_at() = ToProto(turn.now());
    turn.Changed(account->id(), "account.refused");
  }
  return Ok();
}

Forecast ForecastOf(v1::Account account, const std::vector<RateCost>& costs, int posts, const Rules& rules, absl::Time now,
                    int app_accounts) {
  struct Held {
    absl::Duration time;
    const RateCost* limit = nullptr;
  };
  std::map<std::string_view, Held> held;
  Forecast forecast{now};
  for (int i = 0; i < posts; ++i) {
    while (true) {
      ForgetOldPosts(account, now, rules);
      const Pace pace = PaceOf(account, costs, rules, now, app_accounts);
      if (pace.why == nullptr) break;
      // What is kept for as long as that is kept at that moment still.
      const absl::Time until = std::max(pace.until, now + absl::Milliseconds(1));
      Held& entry = held[pace.why];
      entry.time += until - now;
      if (pace.limit != nullptr) entry.limit = pace.limit;
      if (forecast.held_by == nullptr || entry.time > held[forecast.held_by].time) forecast.held_by = pace.why;
      now = until;
    }
    CountSend(account, costs, rules, now);
    account.add_recent()->set_at_ms(absl::ToUnixMillis(now));
    forecast.ends_at = now;
  }
  if (forecast.held_by != nullptr) forecast.limit = held[forecast.held_by].limit;
  return forecast;
}

}  // namespace carillon::publisher
