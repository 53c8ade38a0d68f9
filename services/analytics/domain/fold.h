// The fold: what one counted sample does to a rollup. Pure. A sample that is not newer than the last one changes nothing, so a
// repeat, a replay and an older sample that comes late leave every number as it is.
//
// Engagement is the difference of successive samples of a post, in the UTC quarter-hour of the later one; a difference below zero
// (somebody took a favourite back) counts as it is. The first sample of a post counts from zero, unless it is history: then its
// counts were there before, and are kept apart. So at any time: latest counts = history + all buckets. Impressions and clicks, which not
// every platform tells, count from the sample on that told them first.
#pragma once

#include <cstdint>

#include "carillon/analytics/v1/analytics.pb.h"

namespace carillon::analytics {

inline constexpr int kQuarterSeconds = 900;
// More buckets than this are merged, oldest first (fold.cc), so that an aggregate stays far below 256 KB.
inline constexpr int kBucketsMax = 3000;

// True where it changed something.
bool FoldTarget(const v1::TargetSample& sample, v1::TargetStats& stats);
bool FoldMetric(const v1::MetricSample& sample, v1::PostStats& stats);
bool FoldAccount(const v1::AccountSample& sample, v1::AccountStats& stats);

// Replies, boosts and favourites.
template <typename Counts>
int64_t Engagements(const Counts& counts) {
  return counts.replies() + counts.boosts() + counts.favourites();
}

}  // namespace carillon::analytics
