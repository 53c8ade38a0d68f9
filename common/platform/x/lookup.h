// Reads the account's own timeline back to the first attempt and judges it (match.h): X keeps no idempotency key. Blocks on HTTP for at most
// the request's timeout; complete or kUnavailable, never judged on a part.
#pragma once

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/connector.h"
#include "common/platform/facts.h"
#include "common/platform/x/api.h"

namespace carillon::x {

// More pages than this (100 posts each) since the first attempt is kUnavailable.
inline constexpr int kLookupPagesMax = 10;

platform::LookupOutcome LookUp(http::HttpClient& client, const Clock& clock, const platform::Facts& facts,
                               const Access& access, const platform::LookupRequest& request);

}  // namespace carillon::x
