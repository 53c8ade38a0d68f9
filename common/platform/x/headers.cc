#include "common/platform/x/headers.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace carillon::x {
namespace {

struct Window {
  const char* header;
  const char* name;
};
constexpr Window kWindows[] = {{"x-rate-limit", ""}, {"x-user-limit-24hour", "_of_day"}, {"x-app-limit-24hour", "_of_app"}};
constexpr absl::Duration kRetryDefault = absl::Minutes(1);
constexpr absl::Duration kRetryMin = absl::Seconds(1);
constexpr absl::Duration kRetryMax = absl::Hours(25);
constexpr int64_t kEpochMax = 1LL << 36;

std::string Field(const http::Headers& headers, std::string_view name) {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

std::optional<absl::Time> EpochIn(const http::Headers& headers, const std::string& name, absl::Time now) {
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(Field(headers, name), &seconds) || seconds <= 0) return std::nullopt;
  const absl::Time reset = absl::FromUnixSeconds(std::min(seconds, kEpochMax));
  const std::optional<absl::Time> server = ServerTime(headers);
  return server ? reset - (*server - now) : reset;
}

std::vector<RateLimit> ReadLimits(const http::Headers& headers, absl::Time now) {
  std::vector<RateLimit> out;
  for (const auto& [window, name] : kWindows) {
    RateLimit limit;
    int remaining = 0;
    if (absl::SimpleAtoi(Field(headers, fmt::format("{}-remaining", window)), &remaining)) {
      limit.remaining = std::max(remaining, 0);
    }
    limit.reset = EpochIn(headers, fmt::format("{}-reset", window), now);
    if (limit.remaining || limit.reset) out.push_back(limit);
  }
  return out;
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

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
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
  RateLimit least;
  for (const RateLimit& window : ReadLimits(headers, now)) {
    if (!window.remaining) continue;
    const bool less = !least.remaining || *window.remaining < *least.remaining;
    const bool longer = least.remaining == window.remaining &&
                        window.reset.value_or(absl::InfinitePast()) >
                            least.reset.value_or(absl::InfinitePast());
    if (less || longer) least = window;
  }
  return least;
}

std::vector<platform::RateReading> ReadWindows(const http::Headers& headers, absl::Time now) {
  std::vector<platform::RateReading> out;
  for (const auto& [window, name] : kWindows) {
    platform::RateReading reading{name};
    int64_t limit = 0;
    const auto reset = EpochIn(headers, fmt::format("{}-reset", window), now);
    if (!reset || !absl::SimpleAtoi(Field(headers, fmt::format("{}-remaining", window)), &reading.remaining)) continue;
    if (absl::SimpleAtoi(Field(headers, fmt::format("{}-limit", window)), &limit)) reading.limit = limit;
    reading.remaining = std::max<int64_t>(reading.remaining, 0);
    reading.reset = *reset;
    out.push_back(std::move(reading));
  }
  return out;
}

absl::Time RetryAt(const http::Headers& headers, absl::Time now) {
  std::optional<absl::Time> at;
  for (const RateLimit& window : ReadLimits(headers, now)) {
    if (window.remaining == 0 && window.reset) at = std::max(at.value_or(*window.reset), *window.reset);
  }
  if (!at) at = EpochIn(headers, "x-rate-limit-reset", now);
  int64_t seconds = 0;
  if (!at && absl::SimpleAtoi(Field(headers, "Retry-After"), &seconds)) {
    at = now + absl::Seconds(seconds);
  }
  return std::clamp(at.value_or(now + kRetryDefault), now + kRetryMin, now + kRetryMax);
}

}  // namespace carillon::x
