// From a request to a report: checks it, reads the rollups it needs from Redis by index, asks the directory, assembles. Blocking (a
// few reads and calls); thread-safe. A shard that is not there is UNAVAILABLE, never a smaller number.
//
// Refusals: UNKNOWN_BRAND, BAD_RANGE (empty, over 400 days, or too much for one report), BAD_BUCKET (unknown, or hours over 62 days).
#pragma once

#include "carillon/analytics/v1/analytics_api.pb.h"
#include "common/base/clock.h"
#include "common/ledger/reader.h"
#include "services/analytics/ports.h"
#include "services/analytics/report/html.h"
#include "services/analytics/report/rows.h"

namespace carillon::analytics {

inline constexpr absl::Duration kRangeMax = absl::Hours(24 * 400);
inline constexpr absl::Duration kHourRangeMax = absl::Hours(24 * 62);
inline constexpr size_t kRecordsMax = 500'000;  // that one report may read: targets, posts, accounts; some 0.5 KB each

struct ReportAndNames {
  v1::Report report;
  ReportNames names;
};

class ReportQuery {
 public:
  // All outlive the query.
  ReportQuery(ledger::Reader& reader, Directory& directory, const Clock& clock)
      : reader_(reader), directory_(directory), clock_(clock) {}

  // DEADLINE_EXCEEDED: given up, for nobody waits any more.
  Result<ReportAndNames> Run(const v1::GetReportRequest& request, absl::Time deadline);

 private:
  struct Budget {
    size_t read = 0;
    absl::Time deadline;
  };
  Status ReadRange(const char* index, const std::string& brand_id, const std::string& from,
                   const std::string& to, Budget& budget,
                   const std::function<void(const v1::AnalyticsRecord&)>& take);
  Status ReadBrand(const strategy::v1::Brand& brand, const ReportSpec& spec, Budget& budget,
                   ReportRows& rows);
  Status ReadGoals(const strategy::v1::Brand& brand, const ReportSpec& spec, ReportRows& rows);
  Status ReadRollups(const std::string& brand_id, const ReportSpec& spec, Budget& budget,
                     ReportRows& rows);

  ledger::Reader& reader_;
  Directory& directory_;
  const Clock& clock_;
};

}  // namespace carillon::analytics
