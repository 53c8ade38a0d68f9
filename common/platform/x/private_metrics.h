// Counts that X tells the author alone, of posts of the last 30 days: non_public_metrics (docs.x.com/x-api/fundamentals/metrics).
#pragma once

#include <vector>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/collector.h"
#include "common/platform/facts.h"
#include "common/platform/x/api.h"

namespace carillon::x {

// Fills in the clicks of posts that are young enough, by one request for a hundred; where X does not tell them they stay unknown, whatever the
// reason, for nothing hangs on them. They are asked for alone: X leaves out posts, or all of an answer, for one of which it does not tell them.
void AddPrivateMetrics(http::HttpClient& client, const Clock& clock, const platform::Facts& facts, const Access& access,
                       std::vector<platform::MetricSnapshot>& posts, absl::Duration timeout);

}  // namespace carillon::x
