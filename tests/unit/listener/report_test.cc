#include "services/listener/domain/report.h"

#include <gtest/gtest.h>

#include "tests/unit/listener/harness.h"

namespace carillon::listener {
namespace {

using testing::AddSample;
using testing::AddSignal;
using testing::Harness;
using testing::kAccount;

class ReportTest : public ::testing::Test {
 protected:
  ReportTest() { harness_.Connect(); }

  // Starts the next poll, however far away it is.
  std::shared_ptr<const PollJob> Next() {
    for (int i = 0; i < 100; ++i) {
      if (auto job = harness_.StartPoll()) return job;
      harness_.clock.Advance(absl::Seconds(30));
    }
    return nullptr;
  }

  Harness harness_;
};

TEST_F(ReportTest, OneEventAndOneItemAMention) {
  v1::PollReport report = harness_.Report(*Next(), "2");
  AddSignal(report, v1::SIGNAL_KIND_MENTION, "s1", "s1");
  AddSignal(report, v1::SIGNAL_KIND_FAVOURITE, "n2");
  ASSERT_TRUE(harness_.HandIn(report).ok());
  const auto events = harness_.Sent<v1::SignalEvent>();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].id(), SignalId(kAccount, v1::SIGNAL_KIND_MENTION, "s1"));
  EXPECT_EQ(events[0].brand_id(), "brand_1");
  EXPECT_EQ(events[0].header().to(), events[0].id());
  const v1::InboxItem item = harness_.Item("s1");
  EXPECT_EQ(item.state(), v1::INBOX_STATE_OPEN);
  EXPECT_EQ(item.author(), "ann@a.example");
  EXPECT_EQ(item.org_id(), "acme");
  EXPECT_EQ(harness_.Collection().cursor(), "2");
}

TEST_F(ReportTest, APageReadTwiceCountsOnce) {
  for (int round = 0; round < 3; ++round) {
    v1::PollReport report = harness_.Report(*Next(), "2");
    AddSignal(report, v1::SIGNAL_KIND_REPLY, "s1", "s1");
    AddSignal(report, v1::SIGNAL_KIND_FOLLOW, "n2");
    ASSERT_TRUE(harness_.HandIn(report).ok());
    EXPECT_EQ(harness_.Sent<v1::SignalEvent>().size(), round == 0 ? 2u : 0u);
  }
}

TEST_F(ReportTest, TheSameSignalTwiceInOnePageCountsOnce) {
  v1::PollReport report = harness_.Report(*Next(), "2");
  AddSignal(report, v1::SIGNAL_KIND_BOOST, "n2");
  AddSignal(report, v1::SIGNAL_KIND_BOOST, "n2");
  AddSignal(report, v1::SIGNAL_KIND_FAVOURITE, "n2");
  ASSERT_TRUE(harness_.HandIn(report).ok());
  EXPECT_EQ(harness_.Sent<v1::SignalEvent>().size(), 2u);
}

TEST_F(ReportTest, OverlappingPagesCountTheNewOnly) {
  int counted = 0;
  for (int page = 0; page < 20; ++page) {
    v1::PollReport report = harness_.Report(*Next(), std::to_string(page * 10 + 10));
    const int first = std::max(0, page * 10 - 25);
    for (int i = first; i < page * 10 + 10; ++i) {
      AddSignal(report, v1::SIGNAL_KIND_FAVOURITE, "n" + std::to_string(i));
    }
    ASSERT_TRUE(harness_.HandIn(report).ok());
    counted += static_cast<int>(harness_.Sent<v1::SignalEvent>().size());
  }
  EXPECT_EQ(counted, 200);
  EXPECT_EQ(harness_.Collection().recent_signal_ids_size(), kRecentSignalsMax);
}

TEST_F(ReportTest, RecentIdsAreTheLastTwoHundred) {
  for (int page = 0; page < 6; ++page) {
    v1::PollReport report = harness_.Report(*Next(), "c");
    for (int i = 0; i < 40; ++i) {
      AddSignal(report, v1::SIGNAL_KIND_FAVOURITE, std::to_string(page * 40 + i));
    }
    ASSERT_TRUE(harness_.HandIn(report).ok());
  }
  EXPECT_EQ(harness_.Collection().recent_signal_ids_size(), 200);
  EXPECT_EQ(harness_.Collection().recent_signal_ids(0), "favourite:40");
  EXPECT_EQ(harness_.Collection().recent_signal_ids(199), "favourite:239");
}

TEST_F(ReportTest, AReplyFromTheThreadIsTheOneOfItsNotification) {
  v1::PollReport first = harness_.Report(*Next(), "2");
  AddSignal(first, v1::SIGNAL_KIND_MENTION, "s1", "s1");
  ASSERT_TRUE(harness_.HandIn(first).ok());
  harness_.Sent<v1::SignalEvent>();
  v1::PollReport second = harness_.Report(*Next(), "2");
  AddSignal(second, v1::SIGNAL_KIND_REPLY, "s1", "s1");
  AddSignal(second, v1::SIGNAL_KIND_REPLY, "s2", "s2");
  second.mutable_context_signals()->Swap(second.mutable_signals());
  ASSERT_TRUE(harness_.HandIn(second).ok());
  const auto events = harness_.Sent<v1::SignalEvent>();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].remote_id(), "s2");
  // The notification of the second one comes later.
  v1::PollReport third = harness_.Report(*Next(), "3");
  AddSignal(third, v1::SIGNAL_KIND_REPLY, "s2", "s2");
  ASSERT_TRUE(harness_.HandIn(third).ok());
  EXPECT_TRUE(harness_.Sent<v1::SignalEvent>().empty());
}

TEST_F(ReportTest, AnItemThatIsThereStaysAsItIs) {
  v1::PollReport first = harness_.Report(*Next(), "2");
  AddSignal(first, v1::SIGNAL_KIND_MENTION, "s1", "s1");
  ASSERT_TRUE(harness_.HandIn(first).ok());
  v1::CloseInboxItemRequest close;
  close.set_id(InboxItemId(kAccount, "s1"));
  ASSERT_TRUE(harness_.ledger.Command("acme", "r1", close.id(), close).status.ok());
  v1::PollReport again = harness_.Report(*Next(), "2");
  AddSignal(again, v1::SIGNAL_KIND_REPLY, "s1", "s1");
  ASSERT_TRUE(harness_.HandIn(again).ok());
  EXPECT_EQ(harness_.Item("s1").state(), v1::INBOX_STATE_CLOSED);
}

TEST_F(ReportTest, AFailedPollKeepsTheCursorAndBacksOff) {
  v1::PollReport report = harness_.Report(*Next());
  report.set_signals_read(false);
  report.set_error("UNAVAILABLE: away");
  ASSERT_TRUE(harness_.HandIn(report).ok());
  const v1::Collection collection = harness_.Collection();
  EXPECT_EQ(collection.failures(), 1);
  EXPECT_EQ(collection.last_error(), "UNAVAILABLE: away");
  EXPECT_FALSE(collection.has_last_success_at());
  EXPECT_GE(FromProto(collection.next_poll_at()), harness_.clock.Now() + absl::Seconds(48));
}

TEST_F(ReportTest, WhatAHalfFailedPollReadIsKept) {
  v1::PollReport report = harness_.Report(*Next(), "4");
  AddSignal(report, v1::SIGNAL_KIND_FOLLOW, "n4");
  report.set_error("UNAVAILABLE: away");
  ASSERT_TRUE(harness_.HandIn(report).ok());
  EXPECT_EQ(harness_.Collection().cursor(), "4");
  EXPECT_EQ(harness_.Sent<v1::SignalEvent>().size(), 1u);
  EXPECT_EQ(harness_.Collection().failures(), 1);
}

TEST_F(ReportTest, ThePlatformsOwnTimeIsKept) {
  v1::PollReport report = harness_.Report(*Next());
  report.set_error("RESOURCE_EXHAUSTED: slow down");
  const absl::Time later = harness_.clock.Now() + absl::Hours(3);
  *report.mutable_retry_at() = ToProto(later);
  ASSERT_TRUE(harness_.HandIn(report).ok());
  EXPECT_EQ(FromProto(harness_.Collection().next_poll_at()), later);
}

TEST_F(ReportTest, ASuccessForgetsFailures) {
  v1::PollReport failed = harness_.Report(*Next());
  failed.set_error("x");
  ASSERT_TRUE(harness_.HandIn(failed).ok());
  ASSERT_TRUE(harness_.HandIn(harness_.Report(*Next(), "5")).ok());
  EXPECT_EQ(harness_.Collection().failures(), 0);
  EXPECT_EQ(harness_.Collection().last_error(), "");
}

TEST_F(ReportTest, MoreIsPolledAtOnce) {
  v1::PollReport report = harness_.Report(*Next(), "5");
  report.set_more(true);
  ASSERT_TRUE(harness_.HandIn(report).ok());
  const auto job = harness_.StartPoll();
  ASSERT_NE(job, nullptr);
  EXPECT_EQ(job->cursor, "5");
}

TEST_F(ReportTest, ABusyListenerPutsThePollOff) {
  v1::PollReport report;
  report.set_account_id(kAccount);
  report.set_poll_number(Next()->poll_number);
  report.set_busy(true);
  ASSERT_TRUE(harness_.HandIn(report).ok());
  EXPECT_EQ(harness_.Collection().failures(), 0);
  EXPECT_EQ(harness_.StartPoll(), nullptr);
  harness_.clock.Advance(absl::Seconds(33));
  EXPECT_NE(harness_.StartPoll(), nullptr);
}

TEST_F(ReportTest, TooMuchAtOnceIsRefusedWhole) {
  v1::PollReport report = harness_.Report(*Next(), "5");
  for (int i = 0; i < 100; ++i) AddSample(report, std::to_string(i), harness_.clock.Now(), 1);
  EXPECT_EQ(ReasonOf(harness_.HandIn(report)), "REPORT_TOO_LARGE");
  EXPECT_EQ(harness_.Collection().cursor(), "");
}

TEST_F(ReportTest, HistoryIsWalkedPageByPage) {
  const absl::Time then = harness_.clock.Now() - absl::Hours(24 * 10);
  for (int page = 0; page < 3; ++page) {
    const auto job = harness_.StartPoll();  // at once
    ASSERT_NE(job, nullptr);
    ASSERT_TRUE(job->history);
    EXPECT_EQ(job->history_next, page == 0 ? "" : "p" + std::to_string(page));
    v1::PollReport report = harness_.Report(*job, "1");
    AddSample(report, "h" + std::to_string(page), then, 7);
    report.set_history_read(true);
    report.set_history_posts(1);
    if (page < 2) report.set_history_next("p" + std::to_string(page + 1));
    ASSERT_TRUE(harness_.HandIn(report).ok());
  }
  EXPECT_TRUE(harness_.Collection().history_done());
  EXPECT_EQ(harness_.Collection().history_posts(), 3);
  const auto samples = harness_.Sent<analytics::v1::AnalyticsMessage>();
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_TRUE(samples[0].metric().history());
  EXPECT_EQ(samples[0].metric().favourites(), 7);
  EXPECT_EQ(samples[0].metric().zone(), "Europe/Paris");
  EXPECT_EQ(FromProto(samples[0].metric().posted_at()), then);
}

TEST_F(ReportTest, HistoryEndsAtFourHundredPosts) {
  for (int page = 0; page < 10; ++page) {
    const auto job = harness_.StartPoll();
    ASSERT_NE(job, nullptr) << page;
    ASSERT_TRUE(job->history);
    v1::PollReport report = harness_.Report(*job, "1");
    report.set_history_read(true);
    report.set_history_posts(40);
    report.set_history_next("more");
    ASSERT_TRUE(harness_.HandIn(report).ok());
  }
  EXPECT_TRUE(harness_.Collection().history_done());
  EXPECT_EQ(harness_.Collection().history_next(), "");
}

}  // namespace
}  // namespace carillon::listener
