#include "services/analytics/report/csv.h"

#include <absl/time/time.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "common/base/clock.h"
#include "services/analytics/report/money.h"

namespace carillon::analytics {
namespace {

constexpr char kHeader[] = "kind,key,metric,bucket,value\n";

std::string Utc(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", FromProto(time), absl::UTCTimeZone());
}

class Lines {
 public:
  template <typename Value>
  void Add(std::string_view kind, std::string_view key, std::string_view metric,
           std::string_view bucket, const Value& value) {
    lines_.push_back(fmt::format("{},{},{},{},{}\n", kind, key, metric, bucket, value));
  }

  template <typename Row>
  void AddEngagement(std::string_view kind, const std::string& key, const Row& row) {
    Add(kind, key, "replies", "", row.replies());
    Add(kind, key, "boosts", "", row.boosts());
    Add(kind, key, "favourites", "", row.favourites());
    Add(kind, key, "link_clicks", "", row.link_clicks());
    Add(kind, key, "impressions", "", row.impressions());
    Add(kind, key, "profile_clicks", "", row.profile_clicks());
  }

  void AddCounts(std::string_view kind, const std::string& key, const v1::Counts& counts) {
    Add(kind, key, "planned", "", counts.planned());
    Add(kind, key, "published", "", counts.published());
    Add(kind, key, "late", "", counts.late());
    Add(kind, key, "failed", "", counts.failed());
    Add(kind, key, "unconfirmed", "", counts.unconfirmed());
    Add(kind, key, "expired", "", counts.expired());
    Add(kind, key, "held", "", counts.held());
    Add(kind, key, "cancelled", "", counts.cancelled());
    Add(kind, key, "open", "", counts.open());
    Add(kind, key, "engagements", "", counts.engagements());
    AddEngagement(kind, key, counts);
  }

  std::string Sorted() {
    std::sort(lines_.begin(), lines_.end());
    std::string out = kHeader;
    for (const std::string& line : lines_) out += line;
    return out;
  }

 private:
  std::vector<std::string> lines_;
};

template <typename Amounts>
void AddMoney(Lines& lines, std::string_view kind, std::string_view key, std::string_view what, const Amounts& amounts) {
  for (const common::v1::Money& amount : amounts) {
    lines.Add(kind, key, fmt::format("{}_{}", what, amount.currency()), "", AmountText(amount.micros()));
  }
}

void AddPoint(Lines& lines, const v1::EngagementPoint& point) {
  const std::string start = Utc(point.start());
  const auto add = [&](std::string_view metric, int64_t value) {
    if (value != 0) lines.Add("engagement", point.account_id(), metric, start, value);
  };
  add("replies", point.replies());
  add("boosts", point.boosts());
  add("favourites", point.favourites());
  add("link_clicks", point.link_clicks());
  add("impressions", point.impressions());
  add("profile_clicks", point.profile_clicks());
}

void AddPost(Lines& lines, const v1::PostRow& post) {
  lines.Add("post", post.target_id(), "state", "", post.state());
  lines.Add("post", post.target_id(), "due_at", "", Utc(post.due_at()));
  lines.AddEngagement("post", post.target_id(), post);
  if (post.has_cost()) AddMoney(lines, "post", post.target_id(), "cost", std::array{post.cost()});
  if (post.has_fresh_at()) lines.Add("post", post.target_id(), "fresh_at", "", Utc(post.fresh_at()));
}

}  // namespace

std::string RenderCsv(const v1::Report& report) {
  Lines lines;
  const std::string whole = report.brand_id().empty() ? "all" : report.brand_id();
  lines.AddCounts("total", whole, report.totals());
  AddMoney(lines, "total", whole, "spend", report.spend());
  for (const auto& row : report.accounts()) {
    lines.AddCounts("account", row.account_id(), row.counts());
    lines.Add("account", row.account_id(), "followers", "", row.followers());
    if (row.has_following()) lines.Add("account", row.account_id(), "following", "", row.following());
    if (row.has_posts()) lines.Add("account", row.account_id(), "posts", "", row.posts());
    if (row.has_fresh_at()) lines.Add("account", row.account_id(), "fresh_at", "", Utc(row.fresh_at()));
  }
  for (const auto& row : report.campaigns()) {
    lines.AddCounts("campaign", row.campaign_id(), row.counts());
    AddMoney(lines, "campaign", row.campaign_id(), "spend", row.spend());
  }
  for (const auto& post : report.posts()) AddPost(lines, post);
  for (const auto& point : report.engagement()) AddPoint(lines, point);
  for (const auto& best : report.best_hours()) {
    const std::string hour = fmt::format("{}T{:02}", best.weekday(), best.hour());
    lines.Add("best_hour", best.account_id(), "posts", hour, best.posts());
    lines.Add("best_hour", best.account_id(), "engagements", hour, best.engagements());
  }
  for (const auto& goal : report.goals()) {
    lines.Add("goal", goal.goal_id(), "target", "", goal.target());
    if (goal.measured()) lines.Add("goal", goal.goal_id(), "value", "", goal.value());
  }
  return lines.Sorted();
}

}  // namespace carillon::analytics
