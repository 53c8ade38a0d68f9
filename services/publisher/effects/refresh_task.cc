#include "services/publisher/effects/refresh_task.h"

#include "common/base/clock.h"
#include "common/base/utf8.h"

namespace carillon::publisher {
namespace {

using Kind = platform::RefreshOutcome::Kind;

constexpr absl::Duration kEndMargin = absl::Milliseconds(500);
constexpr size_t kErrorSizeMax = 300;

v1::RefreshReport NotSent(v1::RefreshReport report, std::string_view error) {
  report.set_result(v1::REFRESH_RESULT_NOT_SENT);
  report.set_error(std::string(error));
  return report;
}

v1::RefreshResult ResultOf(Kind kind) {
  switch (kind) {
    case Kind::kRefreshed: return v1::REFRESH_RESULT_REFRESHED;
    case Kind::kRefused: return v1::REFRESH_RESULT_REFUSED;
    case Kind::kNotSent: return v1::REFRESH_RESULT_NOT_SENT;
    case Kind::kUnknown: return v1::REFRESH_RESULT_UNKNOWN;
  }
  return v1::REFRESH_RESULT_UNKNOWN;
}

}  // namespace

v1::RefreshReport RefreshOnce(const SendParts& parts, const CredentialStore& store,
                              const RefreshJob& job, absl::Duration boot_deadline) {
  v1::RefreshReport report;
  report.set_account_id(job.account.id());
  report.set_number(job.number);
  const auto left = [&] { return boot_deadline - parts.clock.BootTime(); };
  if (left() <= kEndMargin) return NotSent(report, "send_before was too near");
  const auto connector = parts.platforms.FindConnector(job.account.platform());
  if (!connector.ok()) return NotSent(report, Message(connector.status()));
  auto secret = parts.credentials.Open(job.account.id(), job.account.credential_version());
  if (!secret.ok()) return NotSent(report, Message(secret.status()));

  std::unique_ptr<DeadlineGuard::Armed> armed;
  platform::RefreshRequest request;
  request.access = {job.account.id(), job.account.base_url(), job.account.remote_account_id(),
                    *std::move(secret)};
  request.timeout = left() - kEndMargin;
  request.may_send = [&] {
    armed = parts.guard.Arm(boot_deadline);
    if (armed != nullptr && left() > absl::ZeroDuration()) return true;
    armed.reset();
    return false;
  };
  const platform::RefreshOutcome outcome = (*connector)->Refresh(request);
  armed.reset();
  report.set_result(ResultOf(outcome.kind));
  report.set_error(std::string(CutUtf8(outcome.error, kErrorSizeMax)));
  if (outcome.retry_at) *report.mutable_retry_at() = ToProto(*outcome.retry_at);
  if (outcome.kind != Kind::kRefreshed) return report;
  for (const std::string& scope : outcome.granted_scopes) report.add_granted_scopes(scope);
  if (outcome.token_expires_at) *report.mutable_token_expires_at() = ToProto(*outcome.token_expires_at);
  *report.mutable_credential() =
      store.Seal(job.account.id(), job.account.credential_version() + 1, outcome.secret);
  return report;
}

}  // namespace carillon::publisher
