#include "services/analytics/report/goals.h"

#include <algorithm>

#include "common/base/clock.h"
#include "common/base/enum_text.h"
#include "services/analytics/domain/fold.h"

namespace carillon::analytics {
namespace {

using strategy::v1::Goal;

int64_t ValueOf(const v1::Bucket& bucket, strategy::v1::Metric metric) {
  switch (metric) {
    case strategy::v1::METRIC_ENGAGEMENTS:
      return Engagements(bucket);
    case strategy::v1::METRIC_REPLIES:
      return bucket.replies();
    case strategy::v1::METRIC_BOOSTS:
      return bucket.boosts();
    case strategy::v1::METRIC_FAVOURITES:
      return bucket.favourites();
    case strategy::v1::METRIC_LINK_CLICKS:
      return bucket.link_clicks();
    default:
      return 0;
  }
}

bool Concerns(const Goal& goal, const std::string& brand_id, const std::string& campaign_id) {
  return goal.brand_id() == brand_id &&
         (goal.campaign_id().empty() || goal.campaign_id() == campaign_id);
}

int64_t EngagementOf(const GoalWindow& window, const ReportRows& rows) {
  int64_t sum = 0;
  for (const v1::PostStats& post : rows.posts) {
    if (!Concerns(window.goal, post.last().brand_id(), post.last().campaign_id())) continue;
    for (const v1::Bucket& bucket : post.buckets()) {
      const absl::Time start = absl::FromUnixSeconds(bucket.quarter() * kQuarterSeconds);
      // The quarter-hour in which the goal was set counts.
      if (start + absl::Seconds(kQuarterSeconds) <= window.from || start >= window.to) continue;
      sum += ValueOf(bucket, window.goal.metric());
    }
  }
  return sum;
}

// Not every platform tells them.
bool AnyTellsClicks(const Goal& goal, const ReportRows& rows) {
  return std::any_of(rows.posts.begin(), rows.posts.end(), [&](const v1::PostStats& post) {
    return post.last().has_link_clicks() && Concerns(goal, post.last().brand_id(), post.last().campaign_id());
  });
}

int64_t PublishedOf(const GoalWindow& window, const ReportRows& rows) {
  return std::count_if(rows.targets.begin(), rows.targets.end(), [&](const v1::TargetStats& stats) {
    const v1::TargetSample& target = stats.last();
    return Concerns(window.goal, target.brand_id(), target.campaign_id()) &&
           target.state() == "PUBLISHED" && FromProto(target.due_at()) >= window.from &&
           FromProto(target.due_at()) < window.to;
  });
}

int64_t FollowersOf(const GoalWindow& window, const ReportRows& rows) {
  int64_t sum = 0;
  for (const v1::AccountStats& account : rows.accounts) {
    if (account.brand_id() == window.goal.brand_id()) sum += NumbersAt(account, window.to).followers();
  }
  return sum;
}

}  // namespace

v1::FollowerPoint NumbersAt(const v1::AccountStats& account, absl::Time time) {
  v1::FollowerPoint numbers;
  for (const v1::FollowerPoint& point : account.points()) {
    if (absl::FromUnixSeconds(point.quarter() * kQuarterSeconds) < time) numbers = point;
  }
  return numbers;
}

std::vector<v1::GoalRow> GoalRows(const ReportRows& rows) {
  std::vector<v1::GoalRow> out;
  for (const GoalWindow& window : rows.goals) {
    const Goal& goal = window.goal;
    v1::GoalRow& row = out.emplace_back();
    row.set_goal_id(goal.id());
    row.set_campaign_id(goal.campaign_id());
    // "ENGAGEMENTS" of METRIC_ENGAGEMENTS.
    row.set_metric(WithoutPrefix(strategy::v1::Metric_Name(goal.metric()), "METRIC_"));
    row.set_target(goal.target());
    row.set_by_date(goal.by_date());
    row.set_measured(goal.metric() != strategy::v1::METRIC_LINK_CLICKS || AnyTellsClicks(goal, rows));
    if (!row.measured()) continue;
    row.set_value(goal.metric() == strategy::v1::METRIC_FOLLOWERS         ? FollowersOf(window, rows)
                  : goal.metric() == strategy::v1::METRIC_POSTS_PUBLISHED ? PublishedOf(window, rows)
                                                                          : EngagementOf(window, rows));
  }
  std::sort(out.begin(), out.end(),
            [](const v1::GoalRow& a, const v1::GoalRow& b) { return a.goal_id() < b.goal_id(); });
  return out;
}

}  // namespace carillon::analytics
