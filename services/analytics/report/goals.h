// How far each goal has come. Pure.
#pragma once

#include <vector>

#include "services/analytics/report/rows.h"

namespace carillon::analytics {

// One row for each of rows.goals, by goal id. Link clicks are measured where a post's platform tells them.
std::vector<v1::GoalRow> GoalRows(const ReportRows& rows);

// The account's own numbers as known at `time`: those of the last quarter-hour that begins before it; none, and 0 followers, before the first.
v1::FollowerPoint NumbersAt(const v1::AccountStats& account, absl::Time time);

}  // namespace carillon::analytics
