#include "services/listener/poll/collect.h"

#include <gtest/gtest.h>

#include "tests/unit/listener/fake_collector.h"
#include "tests/unit/listener/harness.h"

namespace carillon::listener {
namespace {

using testing::FakeAccess;
using testing::FakeCollector;
using testing::Harness;
using testing::kAccount;
using testing::MakePost;
using testing::MakeSignal;

class CollectTest : public ::testing::Test {
 protected:
  CollectTest() {
    auto collector = std::make_unique<FakeCollector>();
    platform_ = collector.get();
    platforms_.Add(std::move(collector));
    harness_.Connect();
  }

  // The next poll, collected but not handed in.
  v1::PollReport Collect() {
    job_ = harness_.StartPoll();
    for (int i = 0; i < 400 && job_ == nullptr; ++i) {
      harness_.clock.Advance(absl::Seconds(1));
      job_ = harness_.StartPoll();
    }
    return collector_.Poll(*job_);
  }
  v1::PollReport CollectAndHandIn() {
    v1::PollReport report = Collect();
    EXPECT_TRUE(harness_.HandIn(report).ok());
    return report;
  }
  // With the history behind it.
  void PassHistory() {
    for (int i = 0; i < 20 && !harness_.Collection().history_done(); ++i) CollectAndHandIn();
    ASSERT_TRUE(harness_.Collection().history_done());
  }

  Harness harness_;
  FakeCollector* platform_ = nullptr;
  platform::Registry platforms_;
  FakeAccess access_;
  std::atomic<bool> stopping_{false};
  std::shared_ptr<const PollJob> job_;
  PollCollector collector_{platforms_, access_, harness_.ledger, harness_.clock, stopping_};
};

TEST_F(CollectTest, OnePageOfSignalsAndItsCursor) {
  for (int i = 0; i < 50; ++i) {
    platform_->signals.push_back(MakeSignal(platform::SignalKind::kFollow, std::to_string(i)));
  }
  const v1::PollReport report = Collect();
  EXPECT_EQ(report.signals_size(), kSignalsMax);
  EXPECT_EQ(report.cursor(), "40");
  EXPECT_TRUE(report.more());
  EXPECT_EQ(report.error(), "");
  EXPECT_EQ(report.signals(0).kind(), v1::SIGNAL_KIND_FOLLOW);
}

TEST_F(CollectTest, HistoryIsEightWeeksWithoutRepliesAndWithoutTheNewest) {
  const absl::Time now = harness_.clock.Now();
  platform_->posts.push_back(MakePost("new", now - absl::Seconds(30)));
  platform_->posts.push_back(MakePost("a", now - absl::Hours(1)));
  platform_->posts.push_back(MakePost("reply", now - absl::Hours(2)));
  platform_->posts.back().is_reply = true;
  platform_->posts.push_back(MakePost("b", now - absl::Hours(24 * 56)));
  platform_->posts.push_back(MakePost("too old", now - absl::Hours(24 * 58)));
  for (int i = 0; i < 100; ++i) {
    platform_->posts.push_back(MakePost("older" + std::to_string(i), now - absl::Hours(24 * 60)));
  }
  const v1::PollReport report = CollectAndHandIn();
  ASSERT_EQ(report.samples_size(), 2);
  EXPECT_EQ(report.samples(0).remote_id(), "a");
  EXPECT_EQ(report.samples(1).remote_id(), "b");
  EXPECT_TRUE(report.history_read());
  EXPECT_EQ(report.history_next(), "");
  EXPECT_TRUE(harness_.Collection().history_done());
}

TEST_F(CollectTest, HistoryGoesOnWhereItStood) {
  for (int i = 0; i < 95; ++i) {
    platform_->posts.push_back(
        MakePost("p" + std::to_string(i), harness_.clock.Now() - absl::Hours(i + 1)));
  }
  PassHistory();
  for (int i = 0; i < 95; ++i) {
    EXPECT_EQ(harness_.Tracked("p" + std::to_string(i)).remote_id(), "p" + std::to_string(i));
  }
  EXPECT_EQ(harness_.Collection().history_posts(), 95);
}

TEST_F(CollectTest, FewDuePostsAreAskedForById) {
  PassHistory();
  CollectAndHandIn();
  platform_->calls.clear();
  harness_.Published("post_1", "100");
  platform_->posts.insert(platform_->posts.begin(), MakePost("100", harness_.clock.Now()));
  const v1::PollReport report = CollectAndHandIn();
  ASSERT_EQ(report.samples_size(), 1);
  EXPECT_EQ(platform_->calls["Posts"], 1);
  EXPECT_EQ(platform_->calls["Timeline"], 0);
}

TEST_F(CollectTest, ManyDuePostsCostOneRequest) {
  PassHistory();
  CollectAndHandIn();
  platform_->calls.clear();
  for (int i = 0; i < 30; ++i) {
    const std::string id = "n" + std::to_string(i);
    harness_.Published("post_" + id, id);
    platform_->posts.insert(platform_->posts.begin(), MakePost(id, harness_.clock.Now()));
  }
  const v1::PollReport report = CollectAndHandIn();
  EXPECT_EQ(report.samples_size(), 30);
  EXPECT_EQ(platform_->calls["Timeline"], 1);
  EXPECT_EQ(platform_->calls["Posts"], 0);
  // None is due again before its interval.
  EXPECT_EQ(Collect().samples_size(), 0);
}

TEST_F(CollectTest, AtMostFortySamplesAPollAndTheRestNext) {
  PassHistory();
  CollectAndHandIn();
  for (int i = 0; i < 60; ++i) {
    const std::string id = "n" + std::to_string(i);
    harness_.Published("post_" + id, id);
    platform_->posts.insert(platform_->posts.begin(), MakePost(id, harness_.clock.Now()));
  }
  EXPECT_EQ(CollectAndHandIn().samples_size(), kSamplesMax);
  EXPECT_EQ(CollectAndHandIn().samples_size(), 20);
}

TEST_F(CollectTest, APostThatIsGoneIsReportedOnceItIsOld) {
  PassHistory();
  CollectAndHandIn();
  harness_.Published("post_1", "100");
  EXPECT_EQ(CollectAndHandIn().gone_remote_ids_size(), 0);
  harness_.clock.Advance(absl::Minutes(10));
  const v1::PollReport report = CollectAndHandIn();
  ASSERT_EQ(report.gone_remote_ids_size(), 1);
  EXPECT_EQ(report.gone_remote_ids(0), "100");
  EXPECT_TRUE(harness_.Tracked("100").gone());
}

TEST_F(CollectTest, PostsMadeElsewhereAreFoundWithTheAccountsNumbers) {
  PassHistory();
  platform_->followers = 12;
  harness_.clock.Advance(absl::Minutes(6));
  platform_->posts.insert(platform_->posts.begin(),
                          MakePost("other", harness_.clock.Now() - absl::Minutes(3)));
  platform_->posts.insert(platform_->posts.begin(), MakePost("young", harness_.clock.Now()));
  const v1::PollReport report = CollectAndHandIn();
  ASSERT_EQ(report.samples_size(), 1);
  EXPECT_EQ(report.samples(0).remote_id(), "other");
  EXPECT_TRUE(report.account_read());
  EXPECT_EQ(report.followers(), 12);
  EXPECT_EQ(report.following(), 2);
  EXPECT_EQ(report.posts(), 3);
}

TEST_F(CollectTest, AThreadIsReadWhenItHasGrown) {
  PassHistory();
  CollectAndHandIn();
  harness_.Published("post_1", "100");
  platform_->posts.insert(platform_->posts.begin(), MakePost("100", harness_.clock.Now(), 2));
  platform_->replies["100"] = {MakeSignal(platform::SignalKind::kReply, "s1", "s1"),
                               MakeSignal(platform::SignalKind::kReply, "s2", "s2")};
  EXPECT_EQ(CollectAndHandIn().context_signals_size(), 2);
  EXPECT_EQ(harness_.Item("s2").state(), v1::INBOX_STATE_OPEN);
  EXPECT_EQ(harness_.Tracked("100").context_replies(), 2);
  harness_.clock.Advance(absl::Seconds(61));
  EXPECT_EQ(CollectAndHandIn().contexts_size(), 0);
  EXPECT_EQ(platform_->calls["Replies"], 1);
}

TEST_F(CollectTest, ALongThreadIsReadInParts) {
  PassHistory();
  CollectAndHandIn();
  harness_.Published("post_1", "100");
  platform_->posts.insert(platform_->posts.begin(), MakePost("100", harness_.clock.Now(), 40));
  for (int i = 0; i < 40; ++i) {
    const std::string id = "s" + std::to_string(i);
    platform_->replies["100"].push_back(MakeSignal(platform::SignalKind::kReply, id, id));
  }
  int seen = 0;
  for (int i = 0; i < 4; ++i) {
    seen += CollectAndHandIn().context_signals_size();
    harness_.clock.Advance(absl::Seconds(61));
  }
  EXPECT_EQ(seen, 40);
  EXPECT_EQ(harness_.Tracked("100").context_replies(), 40);
}

TEST_F(CollectTest, ARefusedTokenIsDroppedAndAnotherTriedOnce) {
  access_.tokens = {"old", "token"};
  EXPECT_EQ(Collect().error(), "");
  EXPECT_EQ(access_.dropped, 1);
  access_.tokens = {"bad"};
  const v1::PollReport report = collector_.Poll(*job_);
  EXPECT_THAT(report.error(), ::testing::HasSubstr("TOKEN_REFUSED"));
  EXPECT_EQ(access_.dropped, 3);
  EXPECT_EQ(report.error().find("bad"), std::string::npos);
}

TEST_F(CollectTest, AnErrorKeepsWhatWasRead) {
  platform_->signals.push_back(MakeSignal(platform::SignalKind::kFollow, "1"));
  platform_->fault = [](const std::string& call) {
    return call == "Timeline" ? MakeStatus(Code::kUnavailable, "away") : Ok();
  };
  const v1::PollReport report = Collect();
  EXPECT_TRUE(report.signals_read());
  EXPECT_EQ(report.signals_size(), 1);
  EXPECT_FALSE(report.history_read());
  EXPECT_EQ(report.error(), "UNAVAILABLE: away");
}

TEST_F(CollectTest, TheRateLimitsTimeIsKept) {
  platform_->fault = [](const std::string&) {
    return Refuse(Code::kResourceExhausted, "RATE_LIMITED", "slow down",
                  {{"retry_at", "2027-01-15T08:30:00Z"}});
  };
  const v1::PollReport report = Collect();
  EXPECT_EQ(absl::FormatTime(FromProto(report.retry_at()), absl::UTCTimeZone()),
            "2027-01-15T08:30:00+00:00");
}

TEST_F(CollectTest, APublisherThatIsAwayIsAnErrorOfThePoll) {
  access_.status = MakeStatus(Code::kUnavailable, "the publisher lent no access");
  const v1::PollReport report = Collect();
  EXPECT_FALSE(report.signals_read());
  EXPECT_THAT(report.error(), ::testing::HasSubstr("lent no access"));
}

TEST_F(CollectTest, MorePerPageThanAskedForIsAnError) {
  platform_->signals.assign(200, MakeSignal(platform::SignalKind::kFollow, "1"));
  struct Greedy : FakeCollector {
    Result<platform::SignalPage> Signals(const platform::CollectorAccess& access, const std::string& cursor, int,
                               absl::Duration timeout) override {
      return FakeCollector::Signals(access, cursor, 41, timeout);
    }
  };
  auto greedy = std::make_unique<Greedy>();
  greedy->signals = platform_->signals;
  platform::Registry platforms;
  platforms.Add(std::move(greedy));
  Collect();
  const PollCollector collector(platforms, access_, harness_.ledger, harness_.clock, stopping_);
  const v1::PollReport report = collector.Poll(*job_);
  EXPECT_FALSE(report.signals_read());
  EXPECT_NE(report.error(), "");
}

TEST_F(CollectTest, TextsAreCutAndBrokenOnesDropped) {
  platform_->signals.push_back(MakeSignal(platform::SignalKind::kMention, "1", "s1"));
  platform_->signals.back().text = std::string(kSignalTextBytesMax + 10, 'x');
  platform_->signals.push_back(MakeSignal(platform::SignalKind::kMention, "2", "s2"));
  platform_->signals.back().text = "\xff";
  const v1::PollReport report = Collect();
  EXPECT_EQ(report.signals(0).text().size(), kSignalTextBytesMax);
  EXPECT_EQ(report.signals(1).text(), "");
}

TEST_F(CollectTest, AStoppingListenerEndsThePoll) {
  stopping_ = true;
  const v1::PollReport report = Collect();
  EXPECT_FALSE(report.signals_read());
  EXPECT_THAT(report.error(), ::testing::HasSubstr("stopping"));
}

}  // namespace
}  // namespace carillon::listener
