#include "services/analytics/report/assemble.h"


#include "common/base/clock.h"
#include "services/analytics/domain/fold.h"
#include "services/analytics/report/calendar.h"
#include "services/analytics/report/goals.h"

namespace carillon::analytics {
namespace {

template <typename From, typename To>
void AddEngagement(const From& from, To& to) {
  to.set_replies(to.replies() + from.replies());
  to.set_boosts(to.boosts() + from.boosts());
  to.set_favourites(to.favourites() + from.favourites());
  to.set_link_clicks(to.link_clicks() + from.link_clicks());
  to.set_impressions(to.impressions() + from.impressions());
  to.set_profile_clicks(to.profile_clicks() + from.profile_clicks());
}

void AddTarget(const v1::TargetSample& target, v1::Counts& counts) {
  counts.set_planned(counts.planned() + 1);
  const std::string& state = target.state();
  if (state == "PUBLISHED") {
    counts.set_published(counts.published() + 1);
    if (FromProto(target.finished_at()) > FromProto(target.due_at()) + kLateAfter) {
      counts.set_late(counts.late() + 1);
    }
  } else if (state == "FAILED") {
    counts.set_failed(counts.failed() + 1);
  } else if (state == "UNCONFIRMED") {
    counts.set_unconfirmed(counts.unconfirmed() + 1);
  } else if (state == "EXPIRED") {
    counts.set_expired(counts.expired() + 1);
  } else if (state == "HELD") {
    counts.set_held(counts.held() + 1);
  } else if (state == "CANCELLED") {
    counts.set_cancelled(counts.cancelled() + 1);
  } else {
    counts.set_open(counts.open() + 1);
  }
}

class Assembler {
 public:
  Assembler(const ReportSpec& spec, ReportRows&& rows) : spec_(spec), rows_(std::move(rows)) {}

  v1::Report Run() {
    for (const auto& account : rows_.accounts) TakeAccount(account);
    for (const auto& post : rows_.posts) TakePost(post);
    for (const auto& target : rows_.targets) TakeTarget(target.last());
    v1::Report report = Finish();
    for (v1::GoalRow& row : GoalRows(rows_)) *report.add_goals() = std::move(row);
    return report;
  }

 private:
  bool InPeriod(absl::Time time) const { return spec_.from <= time && time < spec_.to; }

  v1::AccountRow& Account(const std::string& id, const std::string& brand_id) {
    v1::AccountRow& row = accounts_[id];
    row.set_account_id(id);
    if (row.brand_id().empty()) row.set_brand_id(brand_id);
    return row;
  }

  void Freshen(v1::AccountRow& row, const google::protobuf::Timestamp& at) {
    if (FromProto(at) > FromProto(row.fresh_at()) || !row.has_fresh_at()) *row.mutable_fresh_at() = at;
  }

  void TakeAccount(const v1::AccountStats& account) {
    v1::AccountRow& row = Account(account.account_id(), account.brand_id());
    row.set_zone(account.zone());
    const v1::FollowerPoint numbers = NumbersAt(account, spec_.to);
    row.set_followers(numbers.followers());
    if (numbers.has_following()) row.set_following(numbers.following());
    if (numbers.has_posts()) row.set_posts(numbers.posts());
    Freshen(row, account.sampled_at());
  }

  void TakePost(const v1::PostStats& post) {
    const v1::MetricSample& last = post.last();
    const absl::TimeZone& zone = Zone(last.zone());
    TakeBestHour(last, zone);
    v1::Counts sum;
    bool any = false;
    for (const v1::Bucket& bucket : post.buckets()) {
      const absl::Time start = absl::FromUnixSeconds(bucket.quarter() * kQuarterSeconds);
      if (!InPeriod(start)) continue;
      any = true;
      AddEngagement(bucket, sum);
      const absl::Time at = BucketStart(start, spec_.bucket, zone);
      v1::EngagementPoint& point = points_[{at, last.account_id()}];
      point.set_account_id(last.account_id());
      *point.mutable_start() = ToProto(at);
      AddEngagement(bucket, point);
    }
    posts_[{last.account_id(), last.remote_id()}] = {sum, last.sampled_at()};
    if (!any) return;
    v1::AccountRow& row = Account(last.account_id(), last.brand_id());
    if (row.zone().empty()) row.set_zone(last.zone());
    AddEngagement(sum, *row.mutable_counts());
    Freshen(row, last.sampled_at());
    AddEngagement(sum, totals_);
    if (!last.campaign_id().empty()) AddEngagement(sum, campaigns_[last.campaign_id()]);
  }

  void TakeBestHour(const v1::MetricSample& last, const absl::TimeZone& zone) {
    const absl::Time posted = FromProto(last.posted_at());
    if (posted < spec_.to - kBestHoursWindow || posted >= spec_.to - kBestHoursYoungest) return;
    const int weekday = Weekday(posted, zone), hour = HourOfDay(posted, zone);
    v1::BestHour& best = best_hours_[{last.account_id(), weekday, hour}];
    best.set_account_id(last.account_id());
    best.set_weekday(weekday);
    best.set_hour(hour);
    best.set_posts(best.posts() + 1);
    best.set_engagements(best.engagements() + Engagements(last));
  }

  void TakeTarget(const v1::TargetSample& target) {
    if (!target.has_due_at() || !InPeriod(FromProto(target.due_at()))) return;
    AddTarget(target, totals_);
    AddTarget(target, *Account(target.account_id(), target.brand_id()).mutable_counts());
    if (!target.campaign_id().empty()) AddTarget(target, campaigns_[target.campaign_id()]);
    if (target.has_cost()) {
      spend_[""][target.cost().currency()] += target.cost().micros();
      if (!target.campaign_id().empty()) {
        spend_[target.campaign_id()][target.cost().currency()] += target.cost().micros();
      }
    }
    v1::PostRow& row = targets_[{FromProto(target.due_at()), target.target_id()}];
    row.set_post_id(target.post_id());
    row.set_target_id(target.target_id());
    row.set_account_id(target.account_id());
    row.set_campaign_id(target.campaign_id());
    // It counts as published all the same.
    row.set_state(target.has_deleted_at() ? "DELETED" : target.state());
    *row.mutable_due_at() = target.due_at();
    if (target.has_cost()) *row.mutable_cost() = target.cost();
    if (target.has_finished_at()) *row.mutable_finished_at() = target.finished_at();
    if (target.remote_id().empty()) return;
    const auto post = posts_.find({target.account_id(), target.remote_id()});
    if (post == posts_.end()) return;
    AddEngagement(post->second.sum, row);
    *row.mutable_fresh_at() = post->second.sampled_at;
  }

  v1::Report Finish() {
    v1::Report report;
    report.set_brand_id(spec_.brand_id);
    *report.mutable_from() = ToProto(spec_.from);
    *report.mutable_to() = ToProto(spec_.to);
    report.set_bucket(spec_.bucket);
    for (auto& [id, row] : accounts_) {
      Total(*row.mutable_counts());
      if (const auto name = rows_.usernames.find(id); name != rows_.usernames.end()) {
        row.set_username(name->second);
      }
      if (row.has_fresh_at() && (!report.has_as_of() ||
                                 FromProto(row.fresh_at()) > FromProto(report.as_of()))) {
        *report.mutable_as_of() = row.fresh_at();
      }
      *report.add_accounts() = row;
    }
    Total(totals_);
    *report.mutable_totals() = totals_;
    AddSpend("", *report.mutable_spend());
    for (auto& [id, counts] : campaigns_) {
      Total(counts);
      v1::CampaignRow& row = *report.add_campaigns();
      row.set_campaign_id(id);
      *row.mutable_counts() = counts;
      if (const auto name = rows_.campaign_names.find(id); name != rows_.campaign_names.end()) {
        row.set_name(name->second);
      }
      if (const auto budget = rows_.campaign_budgets.find(id); budget != rows_.campaign_budgets.end()) {
        *row.mutable_budget() = budget->second;
      }
      AddSpend(id, *row.mutable_spend());
    }
    for (auto& [key, row] : targets_) *report.add_posts() = std::move(row);
    for (auto& [key, point] : points_) *report.add_engagement() = std::move(point);
    for (auto& [key, best] : best_hours_) *report.add_best_hours() = std::move(best);
    return report;
  }

  void AddSpend(const std::string& campaign_id, google::protobuf::RepeatedPtrField<common::v1::Money>& out) {
    for (const auto& [currency, micros] : spend_[campaign_id]) {
      common::v1::Money& money = *out.Add();
      money.set_currency(currency);
      money.set_micros(micros);
    }
  }

  static void Total(v1::Counts& counts) { counts.set_engagements(Engagements(counts)); }

  const absl::TimeZone& Zone(const std::string& name) {
    const auto found = zones_.find(name);
    return found != zones_.end() ? found->second : zones_[name] = ZoneOrUtc(name);
  }

  struct PostSum {
    v1::Counts sum;
    google::protobuf::Timestamp sampled_at;
  };

  const ReportSpec& spec_;
  const ReportRows rows_;
  v1::Counts totals_;
  std::map<std::string, v1::AccountRow> accounts_;
  std::map<std::string, v1::Counts> campaigns_;
  std::map<std::string, std::map<std::string, int64_t>> spend_;  // micros by currency, by campaign; "": of all posts
  std::map<std::pair<absl::Time, std::string>, v1::PostRow> targets_;
  std::map<std::pair<std::string, std::string>, PostSum> posts_;
  std::map<std::pair<absl::Time, std::string>, v1::EngagementPoint> points_;
  std::map<std::tuple<std::string, int, int>, v1::BestHour> best_hours_;
  std::map<std::string, absl::TimeZone> zones_;
};

}  // namespace

v1::Report Assemble(const ReportSpec& spec, ReportRows rows) {
  return Assembler(spec, std::move(rows)).Run();
}

}  // namespace carillon::analytics
