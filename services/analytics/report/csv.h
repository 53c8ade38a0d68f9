// A report as CSV: "kind,key,metric,bucket,value" lines, sorted by bytes, LF. README.md says what each kind holds. Only ids,
// numbers, states and times, so that a fold of the topics alone gives the same file, byte for byte. Pure.
#pragma once

#include <string>

#include "carillon/analytics/v1/analytics_api.pb.h"

namespace carillon::analytics {

std::string RenderCsv(const v1::Report& report);

}  // namespace carillon::analytics
