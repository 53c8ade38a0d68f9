// The Collector for servers that speak Mastodon's client API. Errors are those of common/platform/mastodon/api.h: UNAUTHENTICATED
// (TOKEN_REFUSED), RESOURCE_EXHAUSTED (RATE_LIMITED with retry_at), UNAVAILABLE and so on. Stateless and thread-safe.
//
// Notifications are read forwards with min_id, so a page is what follows the cursor directly and none is stepped over
// (docs.joinmastodon.org/api/guidelines, pagination). At most 80 a call, the API's maximum.
#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/collector.h"

namespace carillon::mastodon {

// `client` and `clock` must outlive the collector.
std::unique_ptr<platform::Collector> MakeCollector(http::HttpClient& client, const Clock& clock);

}  // namespace carillon::mastodon
