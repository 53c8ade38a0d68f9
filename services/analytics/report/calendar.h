// Hours and days in a zone, DST included. Pure but for reading the zone's data (the system's, through Abseil).
#pragma once

#include <absl/time/time.h>

#include <string>

#include "carillon/analytics/v1/analytics_api.pb.h"
#include "carillon/strategy/v1/strategy.pb.h"
#include "services/analytics/report/rows.h"

namespace carillon::analytics {

// UTC where the name is unknown: a report is not lost for a zone.
absl::TimeZone ZoneOrUtc(const std::string& name);

// The begin of the hour or day that `time` is in. A day begins at its first instant; an hour that comes twice is two hours.
absl::Time BucketStart(absl::Time time, v1::BucketSize size, const absl::TimeZone& zone);

// ISO 8601: Monday is 1, Sunday 7.
int Weekday(absl::Time time, const absl::TimeZone& zone);
int HourOfDay(absl::Time time, const absl::TimeZone& zone);

// "2026-11-23" -> its first instant, and that of the day after. False if it is not a day.
bool DayRange(const std::string& day, const absl::TimeZone& zone, absl::Time& begin,
              absl::Time& end);

// `campaign_start` is empty for a goal of the whole brand; `report_to` ends every window.
GoalWindow WindowOf(const strategy::v1::Goal& goal, const std::string& campaign_start,
                    const absl::TimeZone& brand_zone, absl::Time report_to);

}  // namespace carillon::analytics
