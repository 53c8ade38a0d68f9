// Kafka was put back from an older copy: what was due in the time that is lost goes to the publisher, who finds out what became of it.
#include <gtest/gtest.h>

#include "tests/unit/scheduler/world.h"

namespace carillon::scheduler {
namespace {

constexpr absl::Duration kHour = absl::Hours(1);

TEST(RestoredTest, WhatWasDueIsDispatchedHoweverLate) {
  World world;
  const absl::Time due = world.clock.Now() + kHour;
  const std::string id = world.Create(DraftAt(due), true);
  world.TakeSent();
  world.clock.Advance(10 * kHour);
  world.ledger.SetRestoredUntil(world.clock.Now());
  EXPECT_EQ(world.Cancel(id).code(), Code::kUnavailable);
  EXPECT_EQ(ReasonOf(world.Reschedule(id, world.clock.Now() + kHour)), "RESTORED");
  const auto sent = world.Settle();
  ASSERT_EQ(sent.dispatches.size(), 1u);
  EXPECT_EQ(FromProto(sent.dispatches[0].not_before()), due);
  EXPECT_EQ(world.State(id), "PUBLISHING");
  EXPECT_TRUE(world.Outcome(id, publisher::v1::DELIVERY_STATE_PUBLISHED, 1));
  EXPECT_EQ(world.State(id), "PUBLISHED");
}

TEST(RestoredTest, WhatIsDueAfterwardsIsTooLateAsEver) {
  World world;
  world.ledger.SetRestoredUntil(world.clock.Now());
  const std::string id = world.Create(DraftAt(world.clock.Now() + kHour), true);
  world.clock.Advance(10 * kHour);
  EXPECT_TRUE(world.Settle().dispatches.empty());
  EXPECT_EQ(world.State(id), "HELD");
}

TEST(RestoredTest, WithoutAnApprovalItIsExpiredAndSaysWhatMayHaveBeen) {
  World world;
  const std::string id = world.Create(DraftAt(world.clock.Now() + kHour), false);
  world.clock.Advance(10 * kHour);
  world.ledger.SetRestoredUntil(world.clock.Now());
  EXPECT_TRUE(world.Settle().dispatches.empty());
  EXPECT_EQ(world.State(id), "EXPIRED");
  EXPECT_NE(world.Post(id).targets(0).error().find("older copy"), std::string::npos);
}

TEST(RestoredTest, ACancelSaysWhenTheDeliveryWasDue) {
  World world;
  const absl::Time due = world.clock.Now() + kHour;
  const std::string id = world.Create(DraftAt(due), true);
  world.clock.Advance(kHour);
  world.ledger.RunDue();
  world.TakeSent();
  EXPECT_TRUE(world.Cancel(id).ok());
  const auto sent = world.TakeSent();
  ASSERT_EQ(sent.cancels.size(), 1u);
  EXPECT_EQ(FromProto(sent.cancels[0].not_before()), due);
}

}  // namespace
}  // namespace carillon::scheduler
