#include "services/analytics/domain/fold.h"

#include "common/base/clock.h"

namespace carillon::analytics {
namespace {

// Buckets that began this long before the newest one are merged into larger ones, in this order, while there are too many.
struct Level {
  int64_t age_quarters;
  int64_t size_quarters;
};
constexpr Level kLevels[] = {{7 * 96, 4}, {60 * 96, 96}};  // hours after a week, UTC days after 60 days

void Merge(const v1::Bucket& from, v1::Bucket& into) {
  into.set_replies(into.replies() + from.replies());
  into.set_boosts(into.boosts() + from.boosts());
  into.set_favourites(into.favourites() + from.favourites());
  into.set_link_clicks(into.link_clicks() + from.link_clicks());
  into.set_impressions(into.impressions() + from.impressions());
  into.set_profile_clicks(into.profile_clicks() + from.profile_clicks());
}
// Of an account's own numbers the later ones stand.
void Merge(const v1::FollowerPoint& from, v1::FollowerPoint& into) {
  const int64_t quarter = into.quarter();
  into = from;
  into.set_quarter(quarter);
}
// What a listener does not tell is not known.
template <typename From, typename Into>
void TakeNumbers(const From& from, Into& into) {
  into.set_followers(from.followers());
  into.clear_following();
  into.clear_posts();
  if (from.has_following()) into.set_following(from.following());
  if (from.has_posts()) into.set_posts(from.posts());
}
bool HasSameNumbers(const v1::AccountSample& sample, const v1::AccountStats& stats) {
  return stats.followers() == sample.followers() && stats.has_following() == sample.has_following() &&
         stats.following() == sample.following() && stats.has_posts() == sample.has_posts() && stats.posts() == sample.posts();
}

template <typename Item>
void MergeLevel(google::protobuf::RepeatedPtrField<Item>& items, const Level& level) {
  const int64_t before = items.rbegin()->quarter() - level.age_quarters;
  google::protobuf::RepeatedPtrField<Item> out;
  for (Item& item : items) {
    if (item.quarter() < before) {
      item.set_quarter(item.quarter() - item.quarter() % level.size_quarters);
    }
    if (!out.empty() && out.rbegin()->quarter() == item.quarter()) {
      Merge(item, *out.rbegin());
    } else {
      out.Add(std::move(item));
    }
  }
  items.Swap(&out);
}

template <typename Item>
void Compact(google::protobuf::RepeatedPtrField<Item>& items) {
  for (const Level& level : kLevels) {
    if (items.size() > kBucketsMax) MergeLevel(items, level);
  }
  while (items.size() > kBucketsMax) {
    items[1].set_quarter(items[0].quarter());
    Merge(items[0], items[1]);
    items.DeleteSubrange(0, 1);
  }
}

int64_t QuarterOf(const google::protobuf::Timestamp& time) {
  const int64_t seconds = time.seconds();
  return seconds / kQuarterSeconds - (seconds % kQuarterSeconds < 0 ? 1 : 0);
}

// What a platform once told stays where it tells it no more.
void KeepTold(const v1::MetricSample& last, v1::MetricSample& sample) {
  if (!sample.has_impressions() && last.has_impressions()) sample.set_impressions(last.impressions());
  if (!sample.has_profile_clicks() && last.has_profile_clicks()) sample.set_profile_clicks(last.profile_clicks());
  sample.set_has_link_clicks(sample.has_link_clicks() || last.has_link_clicks());
}

bool IsZero(const v1::Bucket& change) {
  return !change.replies() && !change.boosts() && !change.favourites() && !change.link_clicks() && !change.impressions() &&
         !change.profile_clicks();
}

void Count(const v1::MetricSample& sample, const v1::MetricSample& last, v1::PostStats& stats) {
  v1::Bucket change;
  change.set_quarter(QuarterOf(sample.sampled_at()));
  change.set_replies(sample.replies() - last.replies());
  change.set_boosts(sample.boosts() - last.boosts());
  change.set_favourites(sample.favourites() - last.favourites());
  // What is told of a known post for the first time was there before, and nobody knows since when.
  const bool is_known = stats.has_last();
  if (!is_known || last.has_link_clicks() || !sample.has_link_clicks()) {
    change.set_link_clicks(sample.link_clicks() - last.link_clicks());
  }
  if (!is_known || last.has_impressions()) change.set_impressions(sample.impressions() - last.impressions());
  if (!is_known || last.has_profile_clicks()) change.set_profile_clicks(sample.profile_clicks() - last.profile_clicks());
  if (IsZero(change)) return;
  auto& buckets = *stats.mutable_buckets();
  if (!buckets.empty() && buckets.rbegin()->quarter() == change.quarter()) {
    Merge(change, *buckets.rbegin());
  } else {
    buckets.Add(std::move(change));
    Compact(buckets);
  }
}

}  // namespace

bool FoldTarget(const v1::TargetSample& sample, v1::TargetStats& stats) {
  if (stats.has_last() && stats.last().version() >= sample.version()) return false;
  *stats.mutable_last() = sample;
  return true;
}

bool FoldMetric(const v1::MetricSample& given, v1::PostStats& stats) {
  const v1::MetricSample last = stats.last();
  if (stats.has_last() && FromProto(last.sampled_at()) >= FromProto(given.sampled_at())) {
    return false;
  }
  v1::MetricSample sample = given;
  KeepTold(last, sample);
  if (sample.history()) {
    stats.set_history_engagements(stats.history_engagements() + Engagements(sample) -
                                  Engagements(last));
  } else {
    Count(sample, last, stats);
  }
  *stats.mutable_last() = sample;
  // The collector may see a post before it hears whose it is; what was known once stays.
  if (sample.post_id().empty()) stats.mutable_last()->set_post_id(last.post_id());
  if (sample.campaign_id().empty()) stats.mutable_last()->set_campaign_id(last.campaign_id());
  return true;
}

bool FoldAccount(const v1::AccountSample& sample, v1::AccountStats& stats) {
  if (stats.has_sampled_at() && FromProto(stats.sampled_at()) >= FromProto(sample.sampled_at())) {
    return false;
  }
  stats.set_account_id(sample.account_id());
  stats.set_brand_id(sample.brand_id());
  stats.set_zone(sample.zone());
  *stats.mutable_sampled_at() = sample.sampled_at();
  *stats.mutable_counted_at() = sample.sampled_at();
  if (!stats.points().empty() && HasSameNumbers(sample, stats)) return true;
  TakeNumbers(sample, stats);
  auto& points = *stats.mutable_points();
  const int64_t quarter = QuarterOf(sample.sampled_at());
  if (!points.empty() && points.rbegin()->quarter() == quarter) {
    TakeNumbers(sample, *points.rbegin());
  } else {
    v1::FollowerPoint point;
    point.set_quarter(quarter);
    TakeNumbers(sample, point);
    points.Add(std::move(point));
    Compact(points);
  }
  return true;
}

}  // namespace carillon::analytics
