#include "services/listener/domain/sampling.h"

#include <gtest/gtest.h>

#include "tests/unit/listener/harness.h"

namespace carillon::listener {
namespace {

using analytics::v1::AnalyticsMessage;
using testing::AddSample;
using testing::Harness;
using testing::kAccount;

class SamplingTest : public ::testing::Test {
 protected:
  SamplingTest() { harness_.Connect(); }

  // One poll with one sample of "100"; what analytics was sent.
  std::vector<AnalyticsMessage> Sample(int64_t favourites, absl::Time posted_at,
                                       absl::Time sampled_at, int64_t replies = 0) {
    std::shared_ptr<const PollJob> job = harness_.StartPoll();
    for (int i = 0; i < 100 && job == nullptr; ++i) {
      harness_.clock.Advance(absl::Seconds(1));
      job = harness_.StartPoll();
    }
    v1::PollReport report = harness_.Report(*job);
    *report.mutable_polled_at() = ToProto(sampled_at);
    AddSample(report, "100", posted_at, favourites).mutable_metrics()->set_replies(replies);
    EXPECT_TRUE(harness_.HandIn(report).ok());
    return harness_.Sent<AnalyticsMessage>();
  }

  Harness harness_;
};

TEST_F(SamplingTest, TheFirstSampleAndEveryChangeIsSent) {
  harness_.Published("post_1", "100", "camp_1");
  const absl::Time posted = harness_.clock.Now();
  const auto first = Sample(0, posted, posted + absl::Seconds(1));
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].metric().post_id(), "post_1");
  EXPECT_EQ(first[0].metric().campaign_id(), "camp_1");
  EXPECT_EQ(first[0].metric().brand_id(), "brand_1");
  EXPECT_FALSE(first[0].metric().history());
  EXPECT_EQ(first[0].header().to(), kAccount);
  EXPECT_EQ(first[0].header().message_id(),
            TrackedPostId(kAccount, "100") + ":" +
                std::to_string(absl::ToUnixMillis(posted + absl::Seconds(1))));
  EXPECT_TRUE(Sample(0, posted, posted + absl::Seconds(2)).empty());
  EXPECT_EQ(Sample(3, posted, posted + absl::Seconds(3)).size(), 1u);
  EXPECT_EQ(Sample(2, posted, posted + absl::Seconds(4)).size(), 1u);
}

TEST_F(SamplingTest, AnOlderSampleNeverReplacesANewerOne) {
  harness_.Published("post_1", "100");
  const absl::Time posted = harness_.clock.Now();
  Sample(5, posted, posted + absl::Seconds(9));
  EXPECT_TRUE(Sample(4, posted, posted + absl::Seconds(8)).empty());
  EXPECT_TRUE(Sample(6, posted, posted + absl::Seconds(9)).empty());
  EXPECT_EQ(harness_.Tracked("100").last().favourites(), 5);
}

TEST_F(SamplingTest, UnchangedNumbersAreSentHourly) {
  harness_.Published("post_1", "100");
  const absl::Time posted = harness_.clock.Now();
  Sample(5, posted, posted + absl::Seconds(1));
  EXPECT_TRUE(Sample(5, posted, posted + absl::Minutes(59)).empty());
  EXPECT_EQ(Sample(5, posted, posted + absl::Minutes(61)).size(), 1u);
}

TEST_F(SamplingTest, WhatWasThereBeforeIsHistoryOnlyTheFirstTime) {
  const absl::Time posted = harness_.clock.Now() - absl::Hours(5);
  const auto first = Sample(50, posted, harness_.clock.Now(), 4);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_TRUE(first[0].metric().history());
  EXPECT_EQ(harness_.Tracked("100").context_replies(), 4);
  const auto second = Sample(51, posted, harness_.clock.Now() + absl::Seconds(1));
  ASSERT_EQ(second.size(), 1u);
  EXPECT_FALSE(second[0].metric().history());
}

TEST_F(SamplingTest, APostFoundLaterIsNew) {
  const absl::Time posted = harness_.clock.Now() + absl::Minutes(5);
  const auto first = Sample(2, posted, posted + absl::Minutes(3));
  ASSERT_EQ(first.size(), 1u);
  EXPECT_FALSE(first[0].metric().history());
}

TEST_F(SamplingTest, AFoundPostThatTurnsOutOursIsSentWithItsPost) {
  const absl::Time posted = harness_.clock.Now() + absl::Seconds(1);
  Sample(2, posted, posted + absl::Minutes(3));
  harness_.Published("post_1", "100", "camp_1");
  const auto again = Sample(2, posted, posted + absl::Minutes(4));
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].metric().post_id(), "post_1");
  EXPECT_FALSE(again[0].metric().history());
}

TEST_F(SamplingTest, OnesOwnRepliesAreNotTracked) {
  v1::PollReport report = harness_.Report(*harness_.StartPoll());
  AddSample(report, "100", harness_.clock.Now(), 1).set_is_reply(true);
  ASSERT_TRUE(harness_.HandIn(report).ok());
  EXPECT_EQ(harness_.Tracked("100").id(), "");
}

TEST_F(SamplingTest, TheLadderSetsTheNextSampleAndEnds) {
  const absl::Time now = harness_.clock.Now();
  Sample(1, now, now + absl::Minutes(1));
  EXPECT_EQ(FromProto(harness_.Tracked("100").next_sample_at()), now + absl::Minutes(2));
  Sample(1, now, now + absl::Hours(24 * 30));
  EXPECT_FALSE(harness_.Tracked("100").has_next_sample_at());
}

TEST_F(SamplingTest, APostThatIsGoneKeepsItsNumbersAndIsNotAskedForAgain) {
  harness_.Published("post_1", "100");
  Sample(5, harness_.clock.Now(), harness_.clock.Now());
  harness_.clock.Advance(absl::Minutes(1));
  v1::PollReport report = harness_.Report(*harness_.StartPoll());
  report.add_gone_remote_ids("100");
  report.add_gone_remote_ids("never seen");
  ASSERT_TRUE(harness_.HandIn(report).ok());
  EXPECT_TRUE(harness_.Tracked("100").gone());
  EXPECT_FALSE(harness_.Tracked("100").has_next_sample_at());
  EXPECT_EQ(harness_.Tracked("100").last().favourites(), 5);
}

TEST_F(SamplingTest, AnAccountsNumbersAreSentWhenTheyChangeOrHourly) {
  const absl::Time start = harness_.clock.Now();
  auto sample = [&](int64_t followers, absl::Duration after, int64_t posts = 3) {
    std::shared_ptr<const PollJob> job = harness_.StartPoll();
    for (int i = 0; i < 100 && job == nullptr; ++i) {
      harness_.clock.Advance(absl::Seconds(1));
      job = harness_.StartPoll();
    }
    v1::PollReport report = harness_.Report(*job);
    *report.mutable_polled_at() = ToProto(start + after);
    report.set_account_read(true);
    report.set_followers(followers);
    report.set_following(2);
    report.set_posts(posts);
    EXPECT_TRUE(harness_.HandIn(report).ok());
    const auto sent = harness_.Sent<AnalyticsMessage>();
    for (const auto& message : sent) {
      EXPECT_EQ(message.account().followers(), followers);
      EXPECT_EQ(message.account().following(), 2);
      EXPECT_EQ(message.account().posts(), posts);
    }
    return sent.size();
  };
  EXPECT_EQ(sample(10, absl::ZeroDuration()), 1u);
  EXPECT_EQ(sample(10, absl::Minutes(5)), 0u);
  EXPECT_EQ(sample(11, absl::Minutes(10)), 1u);
  EXPECT_EQ(sample(11, absl::Minutes(69)), 0u);
  EXPECT_EQ(sample(11, absl::Minutes(70)), 1u);
  EXPECT_EQ(sample(11, absl::Minutes(71), 4), 1u);
  EXPECT_EQ(sample(11, absl::Minutes(72), 4), 0u);
  EXPECT_EQ(harness_.Collection().followers(), 11);
}

TEST_F(SamplingTest, AnEditedPostWithAnotherIdIsSampledInPlaceOfTheOldOne) {
  harness_.Published("post_1", "100", "camp_1");
  const absl::Time posted = harness_.clock.Now();
  Sample(3, posted, posted + absl::Seconds(1));
  v1::ListenerMessage message;
  message.mutable_header()->set_to(CollectionId(kAccount));
  v1::PostPublished& published = *message.mutable_post_published();
  published.set_account_id(kAccount);
  published.set_post_id("post_1");
  published.set_campaign_id("camp_1");
  published.set_remote_id("101");
  published.set_replaces_remote_id("100");
  ASSERT_TRUE(harness_.ledger.Deliver(message));
  const v1::TrackedPost old = harness_.Tracked("100");
  EXPECT_TRUE(old.gone());
  EXPECT_FALSE(old.has_next_sample_at());
  EXPECT_EQ(old.last().favourites(), 3) << "its numbers stay";
  EXPECT_EQ(harness_.Tracked("101").post_id(), "post_1");
  EXPECT_TRUE(harness_.Tracked("101").has_next_sample_at());
}

TEST_F(SamplingTest, WhatThePlatformOnceToldStays) {
  const absl::Time posted = harness_.clock.Now();
  harness_.Published("post_1", "100", "camp_1");
  const auto sample = [&](int64_t favourites, std::optional<int64_t> impressions, std::optional<int64_t> clicks) {
    std::shared_ptr<const PollJob> job = harness_.StartPoll();
    for (int i = 0; i < 100 && job == nullptr; ++i) {
      harness_.clock.Advance(absl::Seconds(1));
      job = harness_.StartPoll();
    }
    v1::PollReport report = harness_.Report(*job);
    v1::Metrics& metrics = *AddSample(report, "100", posted, favourites).mutable_metrics();
    if (impressions) metrics.set_impressions(*impressions);
    if (clicks) metrics.set_link_clicks(*clicks);
    metrics.set_has_link_clicks(clicks.has_value());
    EXPECT_TRUE(harness_.HandIn(report).ok());
    return harness_.Sent<AnalyticsMessage>();
  };
  auto sent = sample(1, 40, 3);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].metric().impressions(), 40);
  EXPECT_EQ(sent[0].metric().link_clicks(), 3);
  EXPECT_TRUE(sent[0].metric().has_link_clicks());
  EXPECT_EQ(sample(1, 41, 3).size(), 1u) << "one more look";
  sent = sample(2, std::nullopt, std::nullopt);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].metric().favourites(), 2);
  EXPECT_EQ(sent[0].metric().impressions(), 41);
  EXPECT_EQ(sent[0].metric().link_clicks(), 3);
  EXPECT_FALSE(sent[0].metric().has_profile_clicks());
}

}  // namespace
}  // namespace carillon::listener
