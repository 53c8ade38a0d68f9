// Posts with a term: app.bsky.feed.searchPosts, through the account's PDS (without a token the public AppView refuses it).
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/collector.h"

namespace carillon::bluesky {

// Posts come newest first and may come late into the index, so each walk goes some minutes deeper than the one before it began: what was
// found already is found again, under the same id.
Result<platform::SignalPage> Search(http::HttpClient& client, const Clock& clock,
                                    const platform::CollectorAccess& account, const std::string& term,
                                    const std::string& cursor, int count_max, absl::Duration timeout);

}  // namespace carillon::bluesky
