#include "services/listener/domain/collecting.h"

#include <gtest/gtest.h>

#include "tests/unit/listener/harness.h"

namespace carillon::listener {
namespace {

using testing::Harness;
using testing::kAccount;

TEST(CollectingTest, AConnectedAccountIsPolledAtOnce) {
  Harness harness;
  ASSERT_TRUE(harness.Connect());
  const auto job = harness.StartPoll();
  ASSERT_NE(job, nullptr);
  EXPECT_EQ(job->account_id, kAccount);
  EXPECT_EQ(job->platform, "mastodon");
  EXPECT_EQ(job->cursor, "");
  EXPECT_TRUE(job->history);
  EXPECT_TRUE(job->account);
  EXPECT_EQ(job->poll_number, 1);
  EXPECT_EQ(FromProto(harness.Collection().polling_since()), harness.clock.Now());
}

TEST(CollectingTest, APollUnderWayIsTheOnlyOne) {
  Harness harness;
  harness.Connect();
  ASSERT_NE(harness.StartPoll(), nullptr);
  harness.clock.Advance(absl::Seconds(59));
  EXPECT_EQ(harness.StartPoll(), nullptr);
}

TEST(CollectingTest, ALostPollIsDoneAgainAndItsLateReportDropped) {
  Harness harness;
  harness.Connect();
  const auto lost = harness.StartPoll();
  harness.clock.Advance(absl::Seconds(61));
  const auto again = harness.StartPoll();
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->poll_number, lost->poll_number + 1);
  EXPECT_EQ(ReasonOf(harness.HandIn(harness.Report(*lost, "9"))), "STALE_POLL");
  EXPECT_EQ(harness.Collection().cursor(), "");
  EXPECT_TRUE(harness.HandIn(harness.Report(*again, "7")).ok());
  EXPECT_EQ(harness.Collection().cursor(), "7");
}

TEST(CollectingTest, AReportIsTakenOnce) {
  Harness harness;
  harness.Connect();
  const v1::PollReport report = harness.Report(*harness.StartPoll(), "5");
  EXPECT_TRUE(harness.HandIn(report).ok());
  EXPECT_EQ(ReasonOf(harness.HandIn(report)), "STALE_POLL");
}

TEST(CollectingTest, DisconnectingStopsAndItsReportIsDropped) {
  Harness harness;
  harness.Connect(1);
  const auto job = harness.StartPoll();
  harness.Connect(2, /*connected=*/false);
  EXPECT_EQ(ReasonOf(harness.HandIn(harness.Report(*job, "9"))), "STALE_POLL");
  harness.clock.Advance(absl::Hours(1));
  EXPECT_EQ(harness.StartPoll(), nullptr);
}

TEST(CollectingTest, ConnectingAgainGoesOnAtTheCursor) {
  Harness harness;
  harness.Connect(1);
  v1::PollReport report = harness.Report(*harness.StartPoll(), "5");
  report.set_history_read(true);
  ASSERT_TRUE(harness.HandIn(report).ok());
  harness.Connect(2, false);
  harness.clock.Advance(absl::Hours(1));
  harness.Connect(3, true);
  const auto job = harness.StartPoll();
  ASSERT_NE(job, nullptr);
  EXPECT_EQ(job->cursor, "5");
  EXPECT_FALSE(job->history);
  EXPECT_EQ(job->connected_at, absl::FromUnixSeconds(1'800'000'000));
}

TEST(CollectingTest, AnOlderWordOfTheAccountChangesNothing) {
  Harness harness;
  harness.Connect(5, false);
  EXPECT_TRUE(harness.Connect(4, true));
  EXPECT_FALSE(harness.Collection().connected());
  EXPECT_TRUE(harness.Connect(5, true));
  EXPECT_FALSE(harness.Collection().connected());
}

TEST(CollectingTest, AWrongVersionNeverReconnectsMidPoll) {
  Harness harness;
  harness.Connect(1);
  const auto job = harness.StartPoll();
  harness.Connect(1);
  EXPECT_TRUE(harness.HandIn(harness.Report(*job, "3")).ok());
}

TEST(CollectingTest, APublishedPostIsTrackedOnce) {
  Harness harness;
  harness.Connect();
  ASSERT_TRUE(harness.Published("post_1", "100", "camp_1"));
  const size_t records = harness.ledger.log().size();
  ASSERT_TRUE(harness.Published("post_1", "100", "camp_1"));
  EXPECT_EQ(harness.ledger.log().size(), records);
  const v1::TrackedPost post = harness.Tracked("100");
  EXPECT_EQ(post.post_id(), "post_1");
  EXPECT_EQ(post.campaign_id(), "camp_1");
  EXPECT_EQ(post.brand_id(), "brand_1");
  EXPECT_EQ(FromProto(post.next_sample_at()), harness.clock.Now());
}

TEST(CollectingTest, APublishedPostMayComeBeforeItsAccount) {
  Harness harness;
  ASSERT_TRUE(harness.Published("post_1", "100"));
  EXPECT_EQ(harness.Tracked("100").post_id(), "post_1");
}

TEST(CollectingTest, RepliesFromTheInboxAreNotTracked) {
  Harness harness;
  harness.Connect();
  ASSERT_TRUE(harness.Published(InboxItemId(kAccount, "5"), "100"));
  EXPECT_EQ(harness.Tracked("100").id(), "");
  ASSERT_TRUE(harness.Published("", "100"));
  EXPECT_EQ(harness.Tracked("100").id(), "");
}

TEST(CollectingTest, MessagesWithoutAnAccountAreRefused) {
  Harness harness;
  EXPECT_FALSE(harness.Connect(1, true, ""));
  EXPECT_EQ(ReasonOf(harness.ledger.last_status()), "BAD_MESSAGE");
}

}  // namespace
}  // namespace carillon::listener
