#include "common/platform/outcome.h"

#include <utility>

#include "common/platform/error_class.h"

namespace carillon::platform {

using Kind = PublishOutcome::Kind;

PublishOutcome NotSent(std::string error) {
  PublishOutcome out;
  out.kind = Kind::kNotSent;
  out.error = std::move(error);
  return out;
}

PublishOutcome RefusedBefore(const Status& status) {
  PublishOutcome out;
  out.kind = Kind::kRefused;
  out.error_class = ErrorClassOf(status);
  out.retry_at = RetryAtOf(status);
  out.error = Message(status);
  return out;
}

PublishOutcome Unanswered(const http::HttpOutcome& outcome, std::string error) {
  const std::string reason = ReasonOf(outcome.error);
  if (!outcome.maybe_executed && reason == "SEND_REFUSED") return NotSent(std::move(error));
  PublishOutcome out;
  out.error = std::move(error);
  if (outcome.maybe_executed) {
    out.kind = Kind::kUnknown;
    return out;
  }
  out.kind = Kind::kRefused;
  const bool bad_address = reason == "BAD_URL" || reason == "PRIVATE_ADDRESS";
  out.error_class = bad_address ? ErrorClass::kPermanent : ErrorClass::kRetryable;
  return out;
}

}  // namespace carillon::platform
