// When to ask again. Pure; all times are instants, all spreads are derived from ids, so that the
// same input gives the same time.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon::listener {

struct DomainOptions {
  absl::Duration poll_interval = absl::Seconds(30);
  // A young post's sampling interval, the first rung of the ladder.
  absl::Duration sample_interval = absl::Seconds(60);
  // How often the account's own numbers (followers) and its newest posts are read.
  absl::Duration account_interval = absl::Minutes(5);
  // How often notifications are read where a stream brings them too.
  absl::Duration streamed_interval = absl::Minutes(5);
  // Reactions that a stream told of are polled for after so long, many at once.
  absl::Duration reaction_delay = absl::Seconds(5);
  // How often each listening query is asked for, and direct messages are read.
  absl::Duration search_interval = absl::Minutes(5);
  absl::Duration message_interval = absl::Minutes(1);
  // A poll without a report after this long is lost and done again; longer than any poll may take.
  absl::Duration poll_lease = absl::Seconds(60);
};

constexpr absl::Duration kPollBackoffMax = absl::Minutes(10);
constexpr absl::Duration kSampleIntervalMax = absl::Hours(24);
constexpr absl::Duration kSampleAgeMax = absl::Hours(24 * 30);
// Unchanged numbers are sent again after this long, so that reports can say how fresh they are.
constexpr absl::Duration kCountedAgeMax = absl::Hours(1);
// Eight weeks and a day, so that the first of 56 days is whole.
constexpr absl::Duration kHistoryAgeMax = absl::Hours(24 * 57);
constexpr int kHistoryPostsMax = 400;

// After a poll that went well (`failures` 0: the interval, 10 % either way), or after that many
// failures in a row (the interval doubled for each, 20 % either way, at most kPollBackoffMax).
absl::Time NextPoll(const DomainOptions& options, std::string_view id, int64_t poll_number,
                    int failures, absl::Time now);

// The ladder: the older a post, the rarer; nothing once it is kSampleAgeMax old.
//   younger than   1 h    6 h    1 day   3 days   7 days   30 days
//   interval       base   x 5    x 15    x 60     x 360    a day        (never more than a day)
std::optional<absl::Time> NextSample(const DomainOptions& options, absl::Time published_at,
                                     absl::Time now);

// Until the publisher must have answered an order that was sent `count` times: 30 s, doubled each
// time, at most 10 min.
absl::Duration DispatchWait(int count);

}  // namespace carillon::listener
