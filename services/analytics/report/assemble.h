// Rollups -> a report. Pure: the same rows give the same report, in the same order, whatever the order of the rows.
//
// Every number of engagement is what came in during the period (the difference of samples, fold.h), for posts of any age. Best hours
// are the exception: all engagement of earlier posts, by the local hour they went out.
#pragma once

#include <absl/time/time.h>

#include "carillon/analytics/v1/analytics_api.pb.h"
#include "services/analytics/report/rows.h"

namespace carillon::analytics {

inline constexpr absl::Duration kLateAfter = absl::Seconds(60);
// Best hours come from posts of these weeks before the period's end, without those too young to be judged.
inline constexpr absl::Duration kBestHoursWindow = absl::Hours(24 * 84);
inline constexpr absl::Duration kBestHoursYoungest = absl::Hours(24);

v1::Report Assemble(const ReportSpec& spec, ReportRows rows);

}  // namespace carillon::analytics
