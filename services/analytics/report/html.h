// A report as one self-contained HTML page: inline SVG and CSS, no script, nothing fetched. Everything that came from outside is
// escaped. Charts have titles and descriptions, and so has each bar and cell; the CSV has the exact numbers. Pure.
#pragma once

#include <string>
#include <string_view>

#include "carillon/analytics/v1/analytics_api.pb.h"

namespace carillon::analytics {

struct ReportNames {
  std::string title;  // the brand's name, or "All brands"
  std::string zone;   // IANA; times on the page are in it
};

std::string RenderHtml(const v1::Report& report, const ReportNames& names);

// &, <, >, quotes; control characters become spaces.
std::string EscapeHtml(std::string_view text);

}  // namespace carillon::analytics
