// The parts of the page, one function each. Pure; all of them escape what came from outside.
#pragma once

#include <absl/time/time.h>

#include <string>

#include "carillon/analytics/v1/analytics_api.pb.h"

namespace carillon::analytics {

std::string TilesSection(const v1::Counts& totals);
std::string GoalsSection(const v1::Report& report);
std::string BestHoursSection(const v1::Report& report);
std::string AccountsSection(const v1::Report& report, const absl::TimeZone& zone);
std::string CampaignsSection(const v1::Report& report);
// At most 500 rows: the CSV has all.
std::string PostsSection(const v1::Report& report, const absl::TimeZone& zone);

}  // namespace carillon::analytics
