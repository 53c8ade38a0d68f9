#include "common/base/clock.h"

#include <gtest/gtest.h>

#include "common/base/bounded_queue.h"
#include "common/base/testing/fake_clock.h"

namespace carillon {
namespace {

TEST(ClockTest, ProtoRoundTripKeepsNanosecondsBeforeAndAfterTheEpoch) {
  for (int64_t nanos : {int64_t{0}, int64_t{1'800'000'000'123'456'789}, int64_t{-1}, int64_t{-5'000'000'001}}) {
    const absl::Time time = absl::FromUnixNanos(nanos);
    const auto proto = ToProto(time);
    EXPECT_GE(proto.nanos(), 0);
    EXPECT_EQ(FromProto(proto), time);
  }
}

TEST(ClockTest, ProtoHoldsAllYearsOfATimestampAndNoMore) {
  for (const int64_t seconds : {int64_t{253'402'300'799}, int64_t{9'300'000'000}, int64_t{-62'135'596'800}}) {
    EXPECT_EQ(ToProto(absl::FromUnixSeconds(seconds)).seconds(), seconds);
  }
  EXPECT_EQ(ToProto(absl::InfiniteFuture()).seconds(), 253'402'300'799);
  EXPECT_EQ(ToProto(absl::InfinitePast()).seconds(), -62'135'596'800);
}

TEST(ClockTest, AWallJumpLeavesBootTimeAlone) {
  testing::FakeClock clock;
  const auto boot = clock.BootTime();
  const auto wall = clock.Now();
  clock.JumpWall(-absl::Hours(1));
  EXPECT_EQ(clock.BootTime(), boot);
  EXPECT_EQ(clock.Now(), wall - absl::Hours(1));
}

TEST(BoundedQueueTest, FullRefusesAndClosedEnds) {
  BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.Push(1));
  EXPECT_TRUE(queue.Push(2));
  EXPECT_FALSE(queue.Push(3));
  EXPECT_EQ(queue.Pop(), 1);
  queue.Close();
  EXPECT_FALSE(queue.Push(4));
  EXPECT_EQ(queue.Pop(), 2);
  EXPECT_EQ(queue.Pop(), std::nullopt);
}

}  // namespace
}  // namespace carillon
