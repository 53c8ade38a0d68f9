// Public statuses with a term: the timeline of a hashtag, or a search, which only servers with Elasticsearch have and which finds what its
// authors let be found (docs.joinmastodon.org/methods/search).
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/collector.h"

namespace carillon::mastodon {

Result<platform::SignalPage> Search(http::HttpClient& client, const Clock& clock,
                                    const platform::CollectorAccess& account, const std::string& term,
                                    const std::string& cursor, int count_max, absl::Duration timeout);

}  // namespace carillon::mastodon
