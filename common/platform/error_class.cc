#include "common/platform/error_class.h"

#include <string>

namespace carillon::platform {

ErrorClass ErrorClassOf(const Status& status) {
  if (ReasonOf(status) == "UNKNOWN_HOST") return ErrorClass::kRetryable;
  switch (status.code()) {
    case Code::kOk: return ErrorClass::kNone;
    case Code::kUnauthenticated: return ErrorClass::kAuth;
    case Code::kResourceExhausted:
      return ReasonOf(status) == "RATE_LIMITED" ? ErrorClass::kRateLimited : ErrorClass::kRetryable;
    case Code::kInvalidArgument: return ErrorClass::kInvalidContent;
    case Code::kPermissionDenied:
    case Code::kNotFound:
    case Code::kFailedPrecondition: return ErrorClass::kPermanent;
    default: return ErrorClass::kRetryable;
  }
}

std::optional<absl::Time> RetryAtOf(const Status& status) {
  const std::optional<ErrorInfo> info = GetErrorInfo(status);
  if (!info) return std::nullopt;
  const auto found = info->params.find("retry_at");
  absl::Time time;
  std::string error;
  if (found == info->params.end() ||
      !absl::ParseTime(absl::RFC3339_full, found->second, &time, &error)) {
    return std::nullopt;
  }
  return time;
}

}  // namespace carillon::platform
