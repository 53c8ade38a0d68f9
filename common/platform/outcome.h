// How a publishing request ended where no answer of the platform says so; the same for every connector. Pure.
#pragma once

#include <string>

#include "common/base/status.h"
#include "common/http/client.h"
#include "common/platform/connector.h"

namespace carillon::platform {

// No byte left, and it is nobody's refusal.
PublishOutcome NotSent(std::string error);

// What comes before the request failed (a read, an upload that is not ready): kRefused, classed by error_class.h.
PublishOutcome RefusedBefore(const Status& status);

// The request has no answer: kUnknown, unless `outcome` proves that no byte left. `error` is what may be shown.
PublishOutcome Unanswered(const http::HttpOutcome& outcome, std::string error);

}  // namespace carillon::platform
