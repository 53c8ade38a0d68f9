// Times and limits in the headers of X's answers (docs.x.com/x-api/fundamentals/rate-limits): one window of 15 minutes (x-rate-limit-*) and,
// where an app has them, the day's windows of the account and of the app. Pure functions.
//
// Reset times are moved to our clock by the difference between the Date header and `now`.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <vector>

#include "common/http/client.h"
#include "common/platform/connector.h"

namespace carillon::x {

// RFC 3339 with an offset or Z. Nothing for anything else.
std::optional<absl::Time> ParseTime(const std::string& text);
// As X's parameters want it: to the second, in UTC.
std::string Rfc3339(absl::Time time);

// The server's clock when it answered: the Date header, to the second.
std::optional<absl::Time> ServerTime(const http::Headers& headers);

// The window that has the least left; of equal ones the one that lasts longest.
struct RateLimit {
  std::optional<int> remaining;
  std::optional<absl::Time> reset;
};
RateLimit ReadRateLimit(const http::Headers& headers, absl::Time now);

// What is left of each window, named by what its endpoint's name goes on with: "" (15 minutes), "_of_day", "_of_app".
std::vector<platform::RateReading> ReadWindows(const http::Headers& headers, absl::Time now);

// When to ask again after a 429: the latest end of the windows that are used up, else of the short one, else Retry-After, else a
// minute from now; from a second to 25 hours.
absl::Time RetryAt(const http::Headers& headers, absl::Time now);

}  // namespace carillon::x
