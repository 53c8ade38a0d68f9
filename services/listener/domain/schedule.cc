#include "services/listener/domain/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "common/base/ids.h"

namespace carillon::listener {
namespace {

// From 1 - width to 1 + width, spread evenly over ids and numbers.
double Spread(std::string_view id, int64_t number, double width) {
  const uint32_t hash = static_cast<uint32_t>(Murmur2(fmt::format("{}:{}", id, number)));
  return 1.0 - width + 2.0 * width * static_cast<double>(hash) / 4294967295.0;
}

}  // namespace

absl::Time NextPoll(const DomainOptions& options, std::string_view id, int64_t poll_number,
                    int failures, absl::Time now) {
  if (failures <= 0) return now + options.poll_interval * Spread(id, poll_number, 0.1);
  absl::Duration wait = options.poll_interval;
  for (int i = 0; i < failures && wait < kPollBackoffMax; ++i) wait *= 2;
  return now + std::min(wait, kPollBackoffMax) * Spread(id, poll_number, 0.2);
}

std::optional<absl::Time> NextSample(const DomainOptions& options, absl::Time published_at,
                                     absl::Time now) {
  struct Rung {
    absl::Duration younger_than;
    int factor;
  };
  static const Rung kLadder[] = {
      {absl::Hours(1), 1},       {absl::Hours(6), 5},        {absl::Hours(24), 15},
      {absl::Hours(24 * 3), 60}, {absl::Hours(24 * 7), 360},
  };
  const absl::Duration age = now - published_at;
  if (age >= kSampleAgeMax) return std::nullopt;
  for (const Rung& rung : kLadder) {
    if (age < rung.younger_than) {
      return now + std::min(options.sample_interval * rung.factor, kSampleIntervalMax);
    }
  }
  return now + kSampleIntervalMax;
}

absl::Duration DispatchWait(int count) {
  absl::Duration wait = absl::Seconds(30);
  for (int i = 1; i < count && wait < absl::Minutes(10); ++i) wait *= 2;
  return std::min(wait, absl::Minutes(10));
}

}  // namespace carillon::listener
