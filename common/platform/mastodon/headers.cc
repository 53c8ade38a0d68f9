#include "common/platform/mastodon/headers.h"

#include <absl/strings/numbers.h>

#include <algorithm>

namespace carillon::mastodon {
namespace {

constexpr absl::Duration kRetryDefault = absl::Minutes(1);
constexpr absl::Duration kRetryMin = absl::Seconds(1);
constexpr absl::Duration kRetryMax = absl::Hours(24);

std::string Field(const http::Headers& headers, const char* name) {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

// How far the server's clock is ahead of ours.
absl::Duration ServerAhead(const http::Headers& headers, absl::Time now) {
  const std::optional<absl::Time> server = ServerTime(headers);
  return server ? *server - now : absl::ZeroDuration();
}

std::optional<absl::Time> ResetTime(const http::Headers& headers, absl::Time now) {
  const std::string field = Field(headers, "X-RateLimit-Reset");
  std::optional<absl::Time> reset = ParseTime(field);
  int64_t seconds = 0;
  if (!reset && absl::SimpleAtoi(field, &seconds)) reset = absl::FromUnixSeconds(seconds);
  if (!reset) return std::nullopt;
  return *reset - ServerAhead(headers, now);
}

}  // namespace

std::optional<absl::Time> ParseTime(const std::string& text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return std::nullopt;
  // Abseil also takes "infinite-future".
  if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) return std::nullopt;
  return time;
}

std::optional<absl::Time> ServerTime(const http::Headers& headers) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", Field(headers, "Date"), &time, &error)) {
    return std::nullopt;
  }
  return time;
}

RateLimit ReadRateLimit(const http::Headers& headers, absl::Time now) {
  RateLimit limit;
  int remaining = 0;
  if (absl::SimpleAtoi(Field(headers, "X-RateLimit-Remaining"), &remaining)) {
    limit.remaining = remaining;
  }
  int64_t whole = 0;
  if (absl::SimpleAtoi(Field(headers, "X-RateLimit-Limit"), &whole)) limit.limit = whole;
  limit.reset = ResetTime(headers, now);
  return limit;
}

absl::Time RetryAt(const http::Headers& headers, absl::Time now) {
  absl::Time at = now + kRetryDefault;
  int64_t seconds = 0;
  if (const std::optional<absl::Time> reset = ResetTime(headers, now)) {
    at = *reset;
  } else if (absl::SimpleAtoi(Field(headers, "Retry-After"), &seconds)) {
    at = now + absl::Seconds(seconds);
  }
  return std::clamp(at, now + kRetryMin, now + kRetryMax);
}

}  // namespace carillon::mastodon
