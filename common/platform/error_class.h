// What an error of Connector's calls without an outside effect (Verify, Limits, Upload) means for the target. Pure.
#pragma once

#include <absl/time/time.h>

#include <optional>

#include "common/base/status.h"
#include "common/platform/connector.h"

namespace carillon::platform {

// By code: UNAUTHENTICATED is kAuth, RESOURCE_EXHAUSTED kRateLimited (with RetryAtOf), INVALID_ARGUMENT kInvalidContent,
// PERMISSION_DENIED, NOT_FOUND and FAILED_PRECONDITION kPermanent; OK is kNone; all else kRetryable. A name that does not resolve
// now (UNKNOWN_HOST) is kRetryable.
ErrorClass ErrorClassOf(const Status& status);

// The parameter retry_at of a rate limit.
std::optional<absl::Time> RetryAtOf(const Status& status);

}  // namespace carillon::platform
