// What a report is made of: rollups as they were read, and what other services say of goals and names. Plain data.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <string>
#include <vector>

#include "carillon/analytics/v1/analytics.pb.h"
#include "carillon/analytics/v1/analytics_api.pb.h"
#include "carillon/strategy/v1/strategy.pb.h"

namespace carillon::analytics {

// What was asked for. A quarter-hour, a post or a target belongs to the period if it begins, or is due, in [from, to).
struct ReportSpec {
  std::string brand_id;  // empty: all brands
  absl::Time from;
  absl::Time to;
  v1::BucketSize bucket = v1::BUCKET_SIZE_DAY;
};

// A goal counts in [from, to): from when it was set, or its campaign's first day if that is earlier, to the end of its last day or of
// the report, whichever comes first.
struct GoalWindow {
  strategy::v1::Goal goal;
  absl::Time from;
  absl::Time to;
};

struct ReportRows {
  // At least: targets due, posts with a bucket, in the period and the goals' windows; posts that went out in the best hours' window;
  // the posts of published targets; all accounts. More does not change the report.
  std::vector<v1::TargetStats> targets;
  std::vector<v1::PostStats> posts;
  std::vector<v1::AccountStats> accounts;
  std::vector<GoalWindow> goals;
  std::map<std::string, std::string> campaign_names;  // by id
  std::map<std::string, common::v1::Money> campaign_budgets;  // by id; of those that have one
  std::map<std::string, std::string> usernames;       // by account id
};

}  // namespace carillon::analytics
