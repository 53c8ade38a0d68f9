#include "services/listener/domain/schedule.h"

#include <gtest/gtest.h>

#include <set>

namespace carillon::listener {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

TEST(ScheduleTest, ALadderByAge) {
  DomainOptions options;
  options.sample_interval = absl::Seconds(60);
  struct Row {
    absl::Duration age;
    absl::Duration interval;
  };
  const Row rows[] = {
      {absl::ZeroDuration(), absl::Minutes(1)},
      {absl::Minutes(59), absl::Minutes(1)},
      {absl::Hours(1), absl::Minutes(5)},
      {absl::Hours(6), absl::Minutes(15)},
      {absl::Hours(24), absl::Hours(1)},
      {absl::Hours(24 * 3), absl::Hours(6)},
      {absl::Hours(24 * 7), absl::Hours(24)},
      {absl::Hours(24 * 30) - absl::Seconds(1), absl::Hours(24)},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(NextSample(options, kNow - row.age, kNow), kNow + row.interval) << row.age;
  }
  EXPECT_EQ(NextSample(options, kNow - absl::Hours(24 * 30), kNow), std::nullopt);
}

TEST(ScheduleTest, ALadderNeverGoesOverADay) {
  DomainOptions options;
  options.sample_interval = absl::Hours(3);
  EXPECT_EQ(NextSample(options, kNow - absl::Hours(100), kNow), kNow + absl::Hours(24));
}

TEST(ScheduleTest, PollsSpreadAroundTheInterval) {
  DomainOptions options;
  options.poll_interval = absl::Seconds(30);
  std::set<absl::Time> times;
  for (int i = 0; i < 100; ++i) {
    const absl::Time at = NextPoll(options, "coll_a", i, 0, kNow);
    EXPECT_GE(at, kNow + absl::Seconds(27));
    EXPECT_LE(at, kNow + absl::Seconds(33));
    times.insert(at);
  }
  EXPECT_GT(times.size(), 90u);
  EXPECT_EQ(NextPoll(options, "coll_a", 7, 0, kNow), NextPoll(options, "coll_a", 7, 0, kNow));
}

TEST(ScheduleTest, FailuresBackOffUpToTenMinutes) {
  DomainOptions options;
  options.poll_interval = absl::Seconds(30);
  EXPECT_GE(NextPoll(options, "coll_a", 1, 1, kNow), kNow + absl::Seconds(48));
  EXPECT_LE(NextPoll(options, "coll_a", 1, 1, kNow), kNow + absl::Seconds(72));
  EXPECT_GE(NextPoll(options, "coll_a", 1, 1000, kNow), kNow + absl::Minutes(8));
  EXPECT_LE(NextPoll(options, "coll_a", 1, 1000, kNow), kNow + absl::Minutes(12));
}

TEST(ScheduleTest, OrdersAreRepeatedEverLater) {
  EXPECT_EQ(DispatchWait(1), absl::Seconds(30));
  EXPECT_EQ(DispatchWait(2), absl::Seconds(60));
  EXPECT_EQ(DispatchWait(40), absl::Minutes(10));
}

}  // namespace
}  // namespace carillon::listener
