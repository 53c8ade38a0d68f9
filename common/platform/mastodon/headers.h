// Times and limits in the headers of a Mastodon server's answers (docs.joinmastodon.org/api/rate-limits). Pure functions.
//
// A server's clock may be wrong, so its reset times are moved to ours by the difference between its Date header and `now`.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>

#include "common/http/client.h"

namespace carillon::mastodon {

// ISO 8601 with an offset or Z, as all of the API writes instants. Nothing for anything else.
std::optional<absl::Time> ParseTime(const std::string& text);

// The server's clock when it answered: the Date header (RFC 9110 6.6.1), to the second.
std::optional<absl::Time> ServerTime(const http::Headers& headers);

struct RateLimit {
  std::optional<int64_t> limit;
  std::optional<int> remaining;
  std::optional<absl::Time> reset;  // by our clock
};
RateLimit ReadRateLimit(const http::Headers& headers, absl::Time now);

// When to ask again after a 429 or a 503: X-RateLimit-Reset, else Retry-After, else a minute from now; from one second to a day.
absl::Time RetryAt(const http::Headers& headers, absl::Time now);

}  // namespace carillon::mastodon
