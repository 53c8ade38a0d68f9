// Reads the account's own timeline back to the first attempt and judges it (match.h). Blocks on HTTP for at most the request's
// timeout; complete or kUnavailable, never judged on a part.
#pragma once

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/connector.h"

namespace carillon::mastodon {

// More pages than this (40 statuses each) since the first attempt is kUnavailable.
inline constexpr int kLookupPagesMax = 25;

platform::LookupOutcome LookUp(http::HttpClient& client, const Clock& clock, const platform::LookupRequest& request);

}  // namespace carillon::mastodon
