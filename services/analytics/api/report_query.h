// From a request to a report: checks it, reads the rollups it needs from Redis by index, asks the directory, assembles. Blocking (a
// few reads and calls); thread-safe. A shard that is not there is UNAVAILABLE, never a smaller number.
//
// Refusals: UNKNOWN_BRAND, BAD_RANGE (empty, over 400 days, or too much for one report), BAD_BUCKET (unknown, or hours over 62 days).
#pragma once

#include "carillon/analytics/v1/analytics_api.pb.h"
#include "common/ledger/reader.h"
#include "services/analytics/ports.h"
#include "services/analytics/report/html.h"
#include "services/analytics/report/rows.h"

namespace carillon::analytics {

inline constexpr absl::Duration kRangeMax = absl::Hours(24 * 400);
inline constexpr absl::Duration kHourRangeMax = absl::Hours(24 * 62);
inline constexpr size_t kRollupsMax = 100'000;  // in one report

struct ReportAndNames {
  v1::Report report;
  ReportNames names;
};

class ReportQuery {
 public:
  // Both outlive the query.
  ReportQuery(ledger::Reader& reader, Directory& directory)
      : reader_(reader), directory_(directory) {}

  Result<ReportAndNames> Run(const v1::GetReportRequest& request);

 private:
  Status ReadBrand(const strategy::v1::Brand& brand, const ReportSpec& spec, ReportRows& rows);
  Status ReadGoals(const strategy::v1::Brand& brand, const ReportSpec& spec, ReportRows& rows);
  Status ReadRollups(const std::string& brand_id, const ReportSpec& spec, ReportRows& rows);

  ledger::Reader& reader_;
  Directory& directory_;
};

}  // namespace carillon::analytics
