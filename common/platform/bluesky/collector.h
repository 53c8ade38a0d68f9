// The Collector for Bluesky: notifications, the account's feed, threads and counts, by the AppView that its PDS passes on to
// (lexicons app.bsky.*). Thread-safe: it keeps no state between calls.
#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/collector.h"

namespace carillon::bluesky {

// Both must outlive the collector.
std::unique_ptr<platform::Collector> MakeCollector(http::HttpClient& client, const Clock& clock);

}  // namespace carillon::bluesky
