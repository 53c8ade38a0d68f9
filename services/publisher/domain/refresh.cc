#include "services/publisher/domain/refresh.h"

#include <algorithm>

#include "common/base/clock.h"
#include "services/publisher/domain/connection.h"
#include "services/publisher/domain/effects.h"

namespace carillon::publisher {
namespace {

constexpr absl::Duration kRetryFirst = absl::Seconds(5);
constexpr absl::Duration kRetryMax = absl::Minutes(5);

bool IsUnderWay(const v1::Account& account) { return account.refresh().has_send_before(); }

void StartTry(Turn& turn, v1::Account& account) {
  v1::TokenRefresh& refresh = *account.mutable_refresh();
  const absl::Time send_before = turn.now() + turn.rules().refresh_budget;
  refresh.set_number(refresh.number() + 1);
  *refresh.mutable_send_before() = ToProto(send_before);
  *refresh.mutable_next_at() = ToProto(send_before + turn.rules().judge_margin);
  turn.Changed(account.id(), "account.refreshing");
  auto job = std::make_shared<RefreshJob>();
  job->account = account;
  job->number = refresh.number();
  job->send_before = send_before;
  turn.Do(std::move(job));
}

void TryLater(Turn& turn, v1::Account& account, absl::Time not_before) {
  v1::TokenRefresh& refresh = *account.mutable_refresh();
  const absl::Duration wait =
      std::min(kRetryFirst * (1 << std::min(refresh.failures(), 10)), kRetryMax);
  refresh.set_failures(refresh.failures() + 1);
  refresh.clear_send_before();
  *refresh.mutable_next_at() = ToProto(std::max(turn.now() + wait, not_before));
  turn.Changed(account.id(), "account.refresh_waits");
}

// Only the number goes on, so that a late report of this one is known as such.
void EndRefresh(v1::Account& account) {
  const int number = account.refresh().number();
  account.clear_refresh();
  if (number > 0) account.mutable_refresh()->set_number(number);
}

Status GiveUp(Turn& turn, v1::Account& account, std::string_view error) {
  EndRefresh(account);
  account.set_state(v1::ACCOUNT_STATE_NEEDS_RECONNECT);
  account.set_last_error(std::string(error));
  *account.mutable_last_error_at() = ToProto(turn.now());
  turn.Changed(account.id(), "account.needs_reconnect");
  turn.Announce(account);
  return Ok();
}

// The answer may have been a new token that nobody has: the old one is tried once more.
Status OnLost(Turn& turn, v1::Account& account, std::string_view error) {
  if (account.refresh().answer_lost()) return GiveUp(turn, account, error);
  account.mutable_refresh()->set_answer_lost(true);
  TryLater(turn, account, turn.now());
  return Ok();
}

Status OnRefreshed(Turn& turn, v1::Account& account, const v1::RefreshReport& report) {
  const uint32_t before = account.credential_version();
  if (report.credential().version() != before + 1 ||
      report.credential().account_id() != account.id() || report.credential().ciphertext().empty()) {
    return Refuse(Code::kInvalidArgument, "BAD_CREDENTIAL",
                  "a refresh must bring the version that follows the present one",
                  {{"account", account.id()}});
  }
  account.clear_token_expires_at();
  if (report.has_token_expires_at()) *account.mutable_token_expires_at() = report.token_expires_at();
  *account.mutable_token_refreshed_at() = ToProto(turn.now());
  account.clear_last_error();
  account.clear_last_error_at();
  if (report.granted_scopes_size() > 0) *account.mutable_granted_scopes() = report.granted_scopes();
  PlanRefresh(account, turn.rules(), turn.now());
  ReplaceCredential(turn, account, report.credential());
  turn.Changed(account.id(), "account.token_refreshed");
  return Ok();
}

}  // namespace

absl::Time RefreshDueAt(const v1::Account& account) {
  if (account.state() != v1::ACCOUNT_STATE_CONNECTED || !account.refresh().has_next_at()) {
    return absl::InfiniteFuture();
  }
  return FromProto(account.refresh().next_at());
}

void PlanRefresh(v1::Account& account, const Rules& rules, absl::Time now) {
  EndRefresh(account);
  if (!account.token_refreshable() || !account.has_token_expires_at()) return;
  const absl::Time end = FromProto(account.token_expires_at());
  // One that lives for less is not refreshed without a pause.
  const absl::Duration ahead =
      std::clamp((end - now) / 2, absl::ZeroDuration(), rules.refresh_ahead);
  *account.mutable_refresh()->mutable_next_at() = ToProto(end - ahead);
}

bool AwaitsToken(Turn& turn, v1::Account& account) {
  if (!account.token_refreshable()) return false;
  if (IsUnderWay(account)) return true;
  const bool ends = account.has_token_expires_at() &&
                    turn.now() + turn.rules().send_budget >= FromProto(account.token_expires_at());
  if (!ends) return false;
  const bool waits = account.refresh().failures() > 0 && turn.IsBefore(account.refresh().next_at());
  if (!waits) StartTry(turn, account);
  return true;
}

bool RefreshAfterRefusal(Turn& turn, v1::Account& account) {
  if (!account.token_refreshable() || account.state() != v1::ACCOUNT_STATE_CONNECTED) return false;
  const bool young = account.has_token_refreshed_at() &&
                     turn.now() < FromProto(account.token_refreshed_at()) + turn.rules().token_age_min;
  if (young) return false;
  // Whatever it was said to be good for, it is over.
  *account.mutable_token_expires_at() = ToProto(turn.now());
  return AwaitsToken(turn, account);
}

Status OnRefreshDue(Turn& turn, v1::Account& account) {
  if (RefreshDueAt(account) == absl::InfiniteFuture() || turn.IsBefore(account.refresh().next_at())) {
    return Ok();
  }
  if (IsUnderWay(account)) return OnLost(turn, account, "the answer to a token refresh was lost");
  StartTry(turn, account);
  return Ok();
}

Status OnRefreshReport(Turn& turn, v1::Account& account, const v1::RefreshReport& report) {
  const bool refreshed = report.result() == v1::REFRESH_RESULT_REFRESHED;
  if (account.state() == v1::ACCOUNT_STATE_DISCONNECTED) return Ok();
  if (report.number() != account.refresh().number() || report.number() == 0) return Ok();
  if (refreshed) {
    if (report.credential().version() <= account.credential_version()) return Ok();  // said again
    // Also a late one: it brings the only token that is still good.
    if (account.state() == v1::ACCOUNT_STATE_NEEDS_RECONNECT) {
      account.set_state(v1::ACCOUNT_STATE_CONNECTED);
      turn.Announce(account);
    }
    return OnRefreshed(turn, account, report);
  }
  if (!IsUnderWay(account)) return Ok();
  switch (report.result()) {
    case v1::REFRESH_RESULT_REFUSED:
      return GiveUp(turn, account, report.error());
    case v1::REFRESH_RESULT_NOT_SENT:
      account.set_last_error(report.error());
      *account.mutable_last_error_at() = ToProto(turn.now());
      TryLater(turn, account, FromProto(report.retry_at()));
      return Ok();
    default:
      return OnLost(turn, account, report.error());
  }
}

}  // namespace carillon::publisher
