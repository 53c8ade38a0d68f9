#include "services/analytics/report/assemble.h"

#include <algorithm>
#include <random>

#include "services/analytics/domain/fold.h"
#include "services/analytics/report/calendar.h"
#include "services/analytics/report/csv.h"
#include "tests/unit/analytics/samples.h"

namespace carillon::analytics {
namespace {

ReportSpec Week() {
  return {"brand_1", At("2026-11-22T23:00:00Z"), At("2026-11-29T23:00:00Z"), v1::BUCKET_SIZE_DAY};
}

v1::TargetStats TargetRow(const std::string& id, const std::string& state, int finished_after_s = 5) {
  v1::TargetStats stats;
  auto sample = Target(id, "acct_1", state, 1);
  sample.set_campaign_id("camp_1");
  sample.set_remote_id("r" + id);
  *sample.mutable_finished_at() =
      ToProto(FromProto(sample.due_at()) + absl::Seconds(finished_after_s));
  FoldTarget(sample, stats);
  return stats;
}

v1::PostStats Post(const std::string& remote, const std::vector<v1::MetricSample>& samples) {
  v1::PostStats stats;
  stats.set_id("pstat_" + remote);
  for (auto sample : samples) {
    sample.set_campaign_id("camp_1");
    FoldMetric(sample, stats);
  }
  return stats;
}

TEST(Assemble, CountsEveryStateOnce) {
  ReportRows rows;
  int n = 0;
  for (const char* state : {"PUBLISHED", "FAILED", "UNCONFIRMED", "EXPIRED", "HELD", "CANCELLED",
                            "PENDING", "DISPATCHED", "BLOCKED"}) {
    rows.targets.push_back(TargetRow("dlv_" + std::to_string(n++), state));
  }
  rows.targets.push_back(TargetRow("dlv_late", "PUBLISHED", 61));
  rows.targets.push_back(TargetRow("dlv_just", "PUBLISHED", 60));
  const v1::Counts counts = Assemble(Week(), rows).totals();
  EXPECT_EQ(counts.planned(), 11);
  EXPECT_EQ(counts.published(), 3);
  EXPECT_EQ(counts.late(), 1);
  EXPECT_EQ(counts.failed(), 1);
  EXPECT_EQ(counts.unconfirmed(), 1);
  EXPECT_EQ(counts.expired(), 1);
  EXPECT_EQ(counts.held(), 1);
  EXPECT_EQ(counts.cancelled(), 1);
  EXPECT_EQ(counts.open(), 3);
}

common::v1::Money Usd(int64_t micros) {
  common::v1::Money money;
  money.set_currency("USD");
  money.set_micros(micros);
  return money;
}

TEST(Assemble, WhatPlatformsChargeIsACampaignsSpend) {
  ReportRows rows;
  for (const int64_t micros : {200'000, 15'000, 0}) {
    v1::TargetStats target = TargetRow("dlv_" + std::to_string(micros), "PUBLISHED");
    if (micros > 0) *target.mutable_last()->mutable_cost() = Usd(micros);
    rows.targets.push_back(target);
  }
  v1::TargetStats other = TargetRow("dlv_other", "PUBLISHED");
  other.mutable_last()->clear_campaign_id();
  *other.mutable_last()->mutable_cost() = Usd(1'000'000);
  rows.targets.push_back(other);
  v1::TargetStats earlier = TargetRow("dlv_earlier", "PUBLISHED");
  *earlier.mutable_last()->mutable_due_at() = ToProto(At("2026-11-20T09:00:00Z"));
  *earlier.mutable_last()->mutable_cost() = Usd(7'000'000);
  rows.targets.push_back(earlier);
  rows.campaign_budgets["camp_1"] = Usd(50'000'000);
  const v1::Report report = Assemble(Week(), rows);
  ASSERT_EQ(report.campaigns_size(), 1);
  ASSERT_EQ(report.campaigns(0).spend_size(), 1);
  EXPECT_EQ(report.campaigns(0).spend(0).micros(), 215'000);
  EXPECT_EQ(report.campaigns(0).spend(0).currency(), "USD");
  EXPECT_EQ(report.campaigns(0).budget().micros(), 50'000'000);
  ASSERT_EQ(report.spend_size(), 1);
  EXPECT_EQ(report.spend(0).micros(), 1'215'000);
  const std::string csv = RenderCsv(report);
  EXPECT_NE(csv.find("campaign,camp_1,spend_USD,,0.215\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find("total,brand_1,spend_USD,,1.215\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find("post,dlv_200000,cost_USD,,0.20\n"), std::string::npos) << csv;
  EXPECT_EQ(csv.find("dlv_0,cost_USD"), std::string::npos) << csv;
}

TEST(Assemble, WhatWasTakenAwayCountsAsPublishedAndShowsIt) {
  ReportRows rows;
  rows.targets.push_back(TargetRow("dlv_gone", "PUBLISHED"));
  *rows.targets[0].mutable_last()->mutable_deleted_at() = rows.targets[0].last().finished_at();
  const v1::Report report = Assemble(Week(), rows);
  EXPECT_EQ(report.totals().published(), 1);
  ASSERT_EQ(report.posts_size(), 1);
  EXPECT_EQ(report.posts(0).state(), "DELETED");
}

TEST(Assemble, OnlyThePeriodCounts) {
  ReportRows rows;
  rows.posts.push_back(Post("r1", {Metric("acct_1", "r1", "2026-11-22T22:50:00Z", 10),
                                   Metric("acct_1", "r1", "2026-11-22T23:00:00Z", 13),
                                   Metric("acct_1", "r1", "2026-11-29T23:00:00Z", 99)}));
  const v1::Report report = Assemble(Week(), rows);
  EXPECT_EQ(report.totals().engagements(), 3);
  ASSERT_EQ(report.engagement_size(), 1);
  EXPECT_EQ(FromProto(report.engagement(0).start()), At("2026-11-22T23:00:00Z"));
  EXPECT_EQ(report.campaigns(0).counts().favourites(), 3);
  EXPECT_EQ(report.accounts(0).counts().favourites(), 3);
}

TEST(Assemble, APostShowsItsPlatformNumbersAndTheirAge) {
  ReportRows rows;
  rows.targets.push_back(TargetRow("1", "PUBLISHED"));
  rows.posts.push_back(Post("r1", {Metric("acct_1", "r1", "2026-11-24T09:00:00Z", 2, 1, 1)}));
  const v1::PostRow row = Assemble(Week(), rows).posts(0);
  EXPECT_EQ(row.favourites(), 2);
  EXPECT_EQ(row.boosts(), 1);
  EXPECT_EQ(FromProto(row.fresh_at()), At("2026-11-24T09:00:00Z"));
}

TEST(Assemble, BestHoursComeFromEarlierPosts) {
  ReportRows rows;
  auto old = Metric("acct_1", "r1", "2026-11-20T09:00:00Z", 30);
  old.set_history(true);
  *old.mutable_posted_at() = ToProto(At("2026-11-03T08:30:00Z"));  // a Tuesday, 09:30 in Paris
  auto young = Metric("acct_1", "r2", "2026-11-29T22:00:00Z", 30);
  *young.mutable_posted_at() = ToProto(At("2026-11-29T08:30:00Z"));
  rows.posts = {Post("r1", {old}), Post("r2", {young})};
  const v1::Report report = Assemble(Week(), rows);
  ASSERT_EQ(report.best_hours_size(), 1);
  EXPECT_EQ(report.best_hours(0).weekday(), 2);
  EXPECT_EQ(report.best_hours(0).hour(), 9);
  EXPECT_EQ(report.best_hours(0).posts(), 1);
  EXPECT_EQ(report.best_hours(0).engagements(), 30);
}

GoalWindow GoalOn(const std::string& id, strategy::v1::Metric metric, const std::string& campaign) {
  strategy::v1::Goal goal;
  goal.set_id(id);
  goal.set_brand_id("brand_1");
  goal.set_campaign_id(campaign);
  goal.set_metric(metric);
  goal.set_target(100);
  goal.set_by_date("2026-11-27");
  *goal.mutable_created_at() = ToProto(At("2026-11-23T00:00:00Z"));
  return WindowOf(goal, "", ZoneOrUtc("Europe/Paris"), Week().to);
}

TEST(Assemble, AMetricOfANewerVersionIsNamedUnknown) {
  ReportRows rows;
  rows.goals = {GoalOn("goal_1", static_cast<strategy::v1::Metric>(77), "")};
  EXPECT_EQ(Assemble(Week(), rows).goals(0).metric(), "UNKNOWN");
}

TEST(Assemble, LinkClicksAreMeasuredWhereTheyAreTold) {
  ReportRows rows;
  rows.goals = {GoalOn("goal_1", strategy::v1::METRIC_LINK_CLICKS, "")};
  v1::MetricSample sample = Metric("acct_1", "r1", "2026-11-25T10:00:00Z", 1);
  rows.posts.push_back(Post("r1", {sample}));
  EXPECT_FALSE(Assemble(Week(), rows).goals(0).measured());
  sample.set_link_clicks(8);
  sample.set_has_link_clicks(true);
  sample.set_impressions(300);
  rows.posts = {Post("r1", {sample})};
  rows.targets.push_back(TargetRow("1", "PUBLISHED"));
  rows.targets.back().mutable_last()->set_account_id("acct_1");
  rows.targets.back().mutable_last()->set_remote_id("r1");
  const v1::Report report = Assemble(Week(), rows);
  EXPECT_TRUE(report.goals(0).measured());
  EXPECT_EQ(report.goals(0).value(), 8);
  EXPECT_EQ(report.totals().impressions(), 300);
  EXPECT_EQ(report.totals().link_clicks(), 8);
  EXPECT_EQ(report.totals().engagements(), 1);
  EXPECT_EQ(report.posts(0).impressions(), 300);
}

TEST(Assemble, GoalsCountInTheirWindow) {
  ReportRows rows;
  rows.goals = {GoalOn("goal_1", strategy::v1::METRIC_ENGAGEMENTS, "camp_1"),
                GoalOn("goal_2", strategy::v1::METRIC_ENGAGEMENTS, "camp_2"),
                GoalOn("goal_3", strategy::v1::METRIC_LINK_CLICKS, "camp_1"),
                GoalOn("goal_4", strategy::v1::METRIC_FOLLOWERS, ""),
                GoalOn("goal_5", strategy::v1::METRIC_POSTS_PUBLISHED, "")};
  rows.targets.push_back(TargetRow("1", "PUBLISHED"));
  rows.targets.push_back(TargetRow("2", "FAILED"));
  rows.posts.push_back(Post("r1", {Metric("acct_1", "r1", "2026-11-22T23:30:00Z", 4),
                                   Metric("acct_1", "r1", "2026-11-27T22:59:00Z", 9),
                                   Metric("acct_1", "r1", "2026-11-27T23:00:00Z", 50)}));
  v1::AccountStats account;
  FoldAccount(Followers("acct_1", "2026-11-23T09:00:00Z", 40), account);
  FoldAccount(Followers("acct_1", "2026-11-28T09:00:00Z", 90), account);
  rows.accounts.push_back(account);
  const v1::Report report = Assemble(Week(), rows);
  ASSERT_EQ(report.goals_size(), 5);
  EXPECT_EQ(report.goals(0).value(), 5);
  EXPECT_EQ(report.goals(1).value(), 0);
  EXPECT_FALSE(report.goals(2).measured());
  EXPECT_EQ(report.goals(3).value(), 40);
  EXPECT_EQ(report.goals(4).value(), 1);
  EXPECT_EQ(report.accounts(0).followers(), 90);
}

TEST(Assemble, AnAccountsOwnNumbersAreThoseOfThePeriodsEnd) {
  ReportRows rows;
  v1::AccountStats account;
  const auto fold = [&](const std::string& at, int64_t followers, int64_t following, int64_t posts) {
    auto sample = Followers("acct_1", at, followers);
    sample.set_following(following);
    sample.set_posts(posts);
    FoldAccount(sample, account);
  };
  fold("2026-11-23T09:00:00Z", 40, 7, 100);
  fold("2026-11-28T09:00:00Z", 90, 8, 110);
  fold("2027-11-28T09:00:00Z", 91, 9, 500);
  rows.accounts.push_back(account);
  const v1::Report report = Assemble(Week(), rows);
  ASSERT_EQ(report.accounts_size(), 1);
  EXPECT_EQ(report.accounts(0).followers(), 90);
  EXPECT_EQ(report.accounts(0).following(), 8);
  EXPECT_EQ(report.accounts(0).posts(), 110);
  rows.accounts[0].clear_points();
  EXPECT_FALSE(Assemble(Week(), rows).accounts(0).has_posts());
}

TEST(Assemble, TheOrderOfRowsDoesNotMatter) {
  ReportRows rows;
  for (int i = 0; i < 30; ++i) {
    const std::string n = std::to_string(i);
    rows.targets.push_back(TargetRow(n, i % 3 ? "PUBLISHED" : "HELD"));
    rows.posts.push_back(Post("r" + n, {Metric("acct_" + std::to_string(i % 4), "r" + n,
                                               "2026-11-2" + std::to_string(3 + i % 5) + "T09:00:00Z", i)}));
  }
  const std::string csv = RenderCsv(Assemble(Week(), rows));
  std::mt19937 random(7);
  for (int i = 0; i < 20; ++i) {
    std::shuffle(rows.targets.begin(), rows.targets.end(), random);
    std::shuffle(rows.posts.begin(), rows.posts.end(), random);
    ASSERT_EQ(RenderCsv(Assemble(Week(), rows)), csv);
  }
}

}  // namespace
}  // namespace carillon::analytics
