// A content calendar as CSV: read and checked whole before anything is kept, and written so that reading it gives the same posts.
//
// Columns, in any order: external_id, brand, account, local_time, zone, text, link, media, alt, campaign. Brand, account and campaign
// are names or ids; several accounts are separated by ';'. local_time is "YYYY-MM-DD HH:MM[:SS]" in the IANA zone (empty: the
// brand's); without it the post is a draft. media are SHA-256 sums of uploaded files, several separated by ';'; then alt has one text
// for each, separated by '|' ("\|" for one that is meant). UTF-8, with or without a byte order mark. At most 20 MB, 50,000 rows of
// 64 KB. Approval is never a column.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "carillon/scheduler/v1/scheduler.pb.h"
#include "services/scheduler/api/draft_checker.h"

namespace carillon::scheduler {

constexpr size_t kCalendarBytesMax = 20u << 20;
constexpr size_t kCalendarRowBytesMax = 64 * 1024;
constexpr int kErrorsShownMax = 100;

struct CalendarRow {
  int line = 0;
  v1::PostDraft draft;  // complete: ids, instants, media
};

struct Calendar {
  std::vector<CalendarRow> rows;  // the good ones, in the file's order
  std::vector<v1::RowError> errors;  // the first 100
  int errors_total = 0;
  // Set where a directory did not answer: then nothing is known of the rows.
  Status status;
};

// Blocks on the checker's directories, each name asked once.
Calendar ReadCalendar(std::string_view file, const std::string& org_id,
                      const std::string& default_brand, const DraftChecker& checker);

// The header row.
std::string CalendarHeader();
// One post as a row. Ids whose brand, account or campaign is gone stay ids; UNAVAILABLE if a directory does not answer.
Result<std::string> CalendarRowOf(const v1::Post& post, const Directories& directories);

}  // namespace carillon::scheduler
