// The page's charts as inline SVG, with a title and a description for readers who don't see them. Pure.
#pragma once

#include <absl/time/time.h>

#include <string>

#include "carillon/analytics/v1/analytics_api.pb.h"

namespace carillon::analytics {

// Stacked bars of favourites, boosts and replies over time, all accounts together. At most 400 bars; neighbours are joined beyond.
std::string EngagementChart(const v1::Report& report, const absl::TimeZone& zone);

// Weekday by hour: mean engagement of earlier posts, all accounts together, each in its own zone.
std::string BestHoursChart(const v1::Report& report);

// One bar: `value` of `target`.
std::string ProgressBar(const std::string& label, int64_t value, int64_t target);

}  // namespace carillon::analytics
