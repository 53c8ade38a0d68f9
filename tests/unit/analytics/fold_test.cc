#include "services/analytics/domain/fold.h"

#include <random>

#include "tests/unit/analytics/samples.h"

namespace carillon::analytics {
namespace {

int64_t Sum(const v1::PostStats& stats) {
  int64_t sum = 0;
  for (const auto& bucket : stats.buckets()) sum += Engagements(bucket);
  return sum;
}

TEST(FoldMetric, FirstSampleCountsFromZeroInItsOwnQuarter) {
  v1::PostStats stats;
  EXPECT_TRUE(FoldMetric(Metric("acct_1", "1", "2026-11-23T09:14:59Z", 3, 1), stats));
  ASSERT_EQ(stats.buckets_size(), 1);
  EXPECT_EQ(stats.buckets(0).quarter(), absl::ToUnixSeconds(At("2026-11-23T09:00:00Z")) / 900);
  EXPECT_EQ(Engagements(stats.buckets(0)), 4);
}

TEST(FoldMetric, DifferenceGoesIntoTheLaterSamplesQuarter) {
  v1::PostStats stats;
  FoldMetric(Metric("acct_1", "1", "2026-11-23T09:14:59Z", 3), stats);
  FoldMetric(Metric("acct_1", "1", "2026-11-23T09:15:00Z", 8), stats);
  ASSERT_EQ(stats.buckets_size(), 2);
  EXPECT_EQ(stats.buckets(1).favourites(), 5);
  FoldMetric(Metric("acct_1", "1", "2026-11-23T09:16:00Z", 9), stats);
  ASSERT_EQ(stats.buckets_size(), 2);
  EXPECT_EQ(stats.buckets(1).favourites(), 6);
}

TEST(FoldMetric, WhatIsTakenBackCountsBelowZero) {
  v1::PostStats stats;
  FoldMetric(Metric("acct_1", "1", "2026-11-23T09:00:00Z", 5), stats);
  FoldMetric(Metric("acct_1", "1", "2026-11-23T10:00:00Z", 3), stats);
  ASSERT_EQ(stats.buckets_size(), 2);
  EXPECT_EQ(stats.buckets(1).favourites(), -2);
  EXPECT_EQ(Sum(stats), 3);
}

TEST(FoldMetric, WhatNotEveryPlatformTellsCountsFromTheSampleThatToldItFirst) {
  v1::PostStats stats;
  FoldMetric(Metric("acct_1", "1", "2026-11-23T09:00:00Z", 5), stats);
  v1::MetricSample told = Metric("acct_1", "1", "2026-11-23T10:00:00Z", 5);
  told.set_impressions(400);
  told.set_link_clicks(9);
  told.set_has_link_clicks(true);
  FoldMetric(told, stats);
  EXPECT_EQ(stats.buckets_size(), 1) << "nobody knows since when they were there";
  told.set_impressions(460);
  told.set_link_clicks(11);
  *told.mutable_sampled_at() = ToProto(At("2026-11-23T11:00:00Z"));
  FoldMetric(told, stats);
  ASSERT_EQ(stats.buckets_size(), 2);
  EXPECT_EQ(stats.buckets(1).impressions(), 60);
  EXPECT_EQ(stats.buckets(1).link_clicks(), 2);
  EXPECT_EQ(Engagements(stats.buckets(1)), 0);
  // And what is told no more stays.
  FoldMetric(Metric("acct_1", "1", "2026-11-23T12:00:00Z", 6), stats);
  EXPECT_EQ(stats.last().impressions(), 460);
  EXPECT_EQ(stats.buckets(2).impressions(), 0);
}

TEST(FoldMetric, ANewPostsImpressionsAllCount) {
  v1::PostStats stats;
  v1::MetricSample sample = Metric("acct_1", "1", "2026-11-23T09:00:00Z", 0);
  sample.set_impressions(12);
  sample.set_profile_clicks(3);
  sample.set_link_clicks(2);
  sample.set_has_link_clicks(true);
  FoldMetric(sample, stats);
  ASSERT_EQ(stats.buckets_size(), 1);
  EXPECT_EQ(stats.buckets(0).impressions(), 12);
  EXPECT_EQ(stats.buckets(0).profile_clicks(), 3);
  EXPECT_EQ(stats.buckets(0).link_clicks(), 2);
}

TEST(FoldMetric, RepeatAndOlderSampleChangeNothing) {
  v1::PostStats stats;
  FoldMetric(Metric("acct_1", "1", "2026-11-23T09:00:00Z", 5), stats);
  FoldMetric(Metric("acct_1", "1", "2026-11-23T10:00:00Z", 7), stats);
  const std::string before = stats.SerializeAsString();
  EXPECT_FALSE(FoldMetric(Metric("acct_1", "1", "2026-11-23T10:00:00Z", 7), stats));
  EXPECT_FALSE(FoldMetric(Metric("acct_1", "1", "2026-11-23T09:30:00Z", 6), stats));
  EXPECT_EQ(stats.SerializeAsString(), before);
}

TEST(FoldMetric, HistoryIsKeptApart) {
  v1::PostStats stats;
  auto history = Metric("acct_1", "1", "2026-11-23T09:00:00Z", 100, 10, 1);
  history.set_history(true);
  FoldMetric(history, stats);
  EXPECT_EQ(stats.buckets_size(), 0);
  EXPECT_EQ(stats.history_engagements(), 111);
  FoldMetric(Metric("acct_1", "1", "2026-11-23T10:00:00Z", 104, 10, 1), stats);
  EXPECT_EQ(Sum(stats), 4);
  EXPECT_EQ(Engagements(stats.last()), stats.history_engagements() + Sum(stats));
}

TEST(FoldMetric, WhosePostItIsStaysKnown) {
  v1::PostStats stats;
  auto first = Metric("acct_1", "1", "2026-11-23T09:00:00Z", 1);
  first.set_post_id("post_1");
  first.set_campaign_id("camp_1");
  FoldMetric(first, stats);
  FoldMetric(Metric("acct_1", "1", "2026-11-23T10:00:00Z", 2), stats);
  EXPECT_EQ(stats.last().post_id(), "post_1");
  EXPECT_EQ(stats.last().campaign_id(), "camp_1");
}

TEST(FoldTarget, NewestVersionWins) {
  v1::TargetStats stats;
  EXPECT_TRUE(FoldTarget(Target("dlv_1", "acct_1", "DISPATCHED", 2), stats));
  EXPECT_TRUE(FoldTarget(Target("dlv_1", "acct_1", "PUBLISHED", 3), stats));
  EXPECT_FALSE(FoldTarget(Target("dlv_1", "acct_1", "PENDING", 1), stats));
  EXPECT_FALSE(FoldTarget(Target("dlv_1", "acct_1", "FAILED", 3), stats));
  EXPECT_EQ(stats.last().state(), "PUBLISHED");
}

TEST(FoldAccount, KeepsAPointForEachChange) {
  v1::AccountStats stats;
  EXPECT_TRUE(FoldAccount(Followers("acct_1", "2026-11-23T09:00:00Z", 10), stats));
  EXPECT_TRUE(FoldAccount(Followers("acct_1", "2026-11-23T10:00:00Z", 10), stats));
  EXPECT_FALSE(FoldAccount(Followers("acct_1", "2026-11-23T08:00:00Z", 7), stats));
  EXPECT_TRUE(FoldAccount(Followers("acct_1", "2026-11-23T11:00:00Z", 12), stats));
  ASSERT_EQ(stats.points_size(), 2);
  EXPECT_EQ(stats.points(1).followers(), 12);
  EXPECT_EQ(FromProto(stats.sampled_at()), At("2026-11-23T11:00:00Z"));
}

TEST(FoldAccount, KeepsAPointForEachChangeOfAnyNumber) {
  v1::AccountStats stats;
  auto sample = Followers("acct_1", "2026-11-23T09:00:00Z", 10);
  EXPECT_TRUE(FoldAccount(sample, stats));
  EXPECT_FALSE(stats.has_following()) << "a listener of before tells none";
  sample = Followers("acct_1", "2026-11-23T10:00:00Z", 10);
  sample.set_following(0);
  sample.set_posts(3);
  EXPECT_TRUE(FoldAccount(sample, stats));
  *sample.mutable_sampled_at() = ToProto(At("2026-11-23T11:00:00Z"));
  EXPECT_TRUE(FoldAccount(sample, stats));
  ASSERT_EQ(stats.points_size(), 2);
  EXPECT_FALSE(stats.points(0).has_posts());
  EXPECT_TRUE(stats.points(1).has_following());
  EXPECT_EQ(stats.points(1).posts(), 3);
  EXPECT_EQ(stats.posts(), 3);
  *sample.mutable_sampled_at() = ToProto(At("2026-11-23T11:05:00Z"));
  sample.set_posts(4);
  EXPECT_TRUE(FoldAccount(sample, stats));
  ASSERT_EQ(stats.points_size(), 3);
  EXPECT_EQ(stats.points(2).posts(), 4);
  EXPECT_EQ(stats.points(2).followers(), 10);
}

// Two years of a sample each quarter-hour: the aggregate stays small and no engagement is lost.
TEST(FoldMetric, ManyBucketsAreMergedAndKeepTheirSum) {
  v1::PostStats stats;
  auto sample = Metric("acct_1", "1", "2026-11-23T09:00:00Z", 0);
  const int64_t samples = 2 * 365 * 96;
  for (int64_t i = 1; i <= samples; ++i) {
    sample.mutable_sampled_at()->set_seconds(sample.sampled_at().seconds() + 900);
    sample.set_favourites(i);
    FoldMetric(sample, stats);
    ASSERT_LE(stats.buckets_size(), kBucketsMax);
  }
  EXPECT_EQ(Sum(stats), samples);
  EXPECT_LT(stats.ByteSizeLong(), 100u << 10);
  EXPECT_EQ(stats.buckets(0).quarter() % 96, 0);
  for (int i = 1; i < stats.buckets_size(); ++i) {
    ASSERT_LT(stats.buckets(i - 1).quarter(), stats.buckets(i).quarter());
  }
}

// Whatever is repeated from the past, and wherever, the result is that of the samples in order, once each.
TEST(FoldMetric, RepeatsAndReplaysChangeNothing) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    std::mt19937 random(seed);
    std::vector<v1::MetricSample> samples;
    auto sample = Metric("acct_1", "1", "2026-11-23T09:00:00Z", 0);
    sample.set_history(seed % 2 == 0);
    for (int i = 0; i < 40; ++i) {
      samples.push_back(sample);
      sample.set_history(false);
      sample.mutable_sampled_at()->set_seconds(sample.sampled_at().seconds() + 1 + random() % 2000);
      sample.set_favourites(std::max<int64_t>(0, sample.favourites() + random() % 7 - 2));
      sample.set_boosts(sample.boosts() + random() % 2);
    }
    v1::PostStats once, noisy;
    for (const auto& s : samples) FoldMetric(s, once);
    for (size_t i = 0; i < samples.size(); ++i) {
      FoldMetric(samples[i], noisy);
      for (int repeat = random() % 3; repeat > 0; --repeat) FoldMetric(samples[random() % (i + 1)], noisy);
    }
    for (const auto& s : samples) FoldMetric(s, noisy);
    ASSERT_EQ(once.SerializeAsString(), noisy.SerializeAsString()) << "seed " << seed;
    ASSERT_EQ(Engagements(once.last()), once.history_engagements() + Sum(once)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace carillon::analytics
