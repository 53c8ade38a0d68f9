// The one place that says what an answer to the publishing request (POST /2/tweets) means. Pure; tested row by row.
#pragma once

#include <absl/time/time.h>

#include "common/http/client.h"
#include "common/platform/connector.h"
#include "common/platform/x/api.h"

namespace carillon::x {

// No response: not sent, refused (no byte left) or unknown, by `maybe_executed`. A response: 2xx with an id is published; a row of the
// table is a refusal, where needed only in X's own words (problem.h); everything else, 5xx and 3xx and 2xx without an id included, is
// unknown. `now` is for rate limits; NameReadings() (rates.h) names what is read of them.
platform::PublishOutcome ClassifyPublish(const http::HttpOutcome& outcome, const Access& access,
                                         absl::Time now);
// The same of the request that sends a direct message. It has no address.
platform::PublishOutcome ClassifyMessage(const http::HttpOutcome& outcome, const Access& access,
                                         absl::Time now);

}  // namespace carillon::x
