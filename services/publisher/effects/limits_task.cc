#include "services/publisher/effects/limits_task.h"

#include "common/base/utf8.h"
#include "common/observe/log.h"
#include "common/platform/rules.h"

namespace carillon::publisher {
namespace {

constexpr size_t kErrorSizeMax = 300;

Result<platform::PlatformLimits> Ask(const SendParts& parts, const v1::Account& account) {
  ASSIGN_OR_RETURN(platform::Connector * connector, parts.platforms.FindConnector(account.platform()));
  ASSIGN_OR_RETURN(std::string secret, parts.credentials.Open(account.id(), account.credential_version()));
  return connector->Limits({account.id(), account.base_url(), account.remote_account_id(), std::move(secret)}, parts.lookup_timeout);
}

}  // namespace

v1::LimitsReport ReadLimitsOnce(const SendParts& parts, const ReadLimitsJob& job) {
  v1::LimitsReport report;
  report.set_account_id(job.account.id());
  const auto limits = Ask(parts, job.account);
  if (limits.ok()) {
    *report.mutable_limits() = platform::ToProto(*limits);
    return report;
  }
  report.set_error(std::string(CutUtf8(Message(limits.status()), kErrorSizeMax)));
  observe::Warn("what a server accepts could not be read again; it is asked later",
                {{"account", job.account.id()}, {"error", report.error()}});
  return report;
}

}  // namespace carillon::publisher
