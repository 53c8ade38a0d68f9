#include "services/scheduler/api/calendar_file.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_replace.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "common/base/clock.h"
#include "common/csv/csv.h"
#include "common/localtime/local_time.h"
#include "common/text/utf8.h"
#include "services/scheduler/api/calendar_columns.h"
#include "services/scheduler/api/memo.h"
#include "services/scheduler/domain/import_decisions.h"

namespace carillon::scheduler {
namespace {

// Only a refusal says something of the row; all else is about us.
bool IsRefusal(const Status& status) {
  return GetErrorInfo(status).has_value() && status.code() != Code::kUnavailable &&
         status.code() != Code::kDeadlineExceeded && status.code() != Code::kUnauthenticated &&
         status.code() != Code::kPermissionDenied;
}

class CalendarReader {
 public:
  CalendarReader(std::string org_id, std::string default_brand, const DraftChecker& checker)
      : org_id_(std::move(org_id)), default_brand_(std::move(default_brand)),
        memo_(checker.directories()), checker_(memo_.directories(), checker.media()) {}

  Calendar Read(std::string_view file) {
    if (LooksLikeUtf16(file)) {
      AddError(1, "", "BAD_UTF8", "the file looks like UTF-16; save it as \"CSV UTF-8\"");
      return std::move(out_);
    }
    csv::Reader reader([this](csv::Row row) { return Take(std::move(row)); },
                       {.row_bytes_max = kCalendarRowBytesMax});
    Status status = reader.Feed(file);
    if (status.ok()) status = reader.End();
    if (ReasonOf(status) == "BAD_CSV") {
      AddBroken(status);
    } else if (!status.ok() && status.code() != Code::kAborted) {
      out_.status = status;
    } else if (status.ok() && column_of_.empty()) {
      AddError(1, "", "BAD_CSV", "the file is empty; its first line names the columns");
    } else if (status.ok() && rows_ == 0) {
      AddError(2, "", "BAD_CSV", "the file has no rows below its header");
    }
    return std::move(out_);
  }

 private:
  static bool LooksLikeUtf16(std::string_view file) {
    if (file.substr(0, 2) == "\xFF\xFE" || file.substr(0, 2) == "\xFE\xFF") return true;
    return file.substr(0, 200).find('\0') != std::string_view::npos;
  }

  Status Take(csv::Row row) {
    if (column_of_.empty()) return TakeHeader(row);
    if (++rows_ > kImportRowsMax) {
      AddError(row.line, "", "BAD_CSV",
               fmt::format("the file has more than {} rows; split it", kImportRowsMax));
      return MakeStatus(Code::kAborted, "too many rows");
    }
    return TakeRow(row);
  }

  Status TakeHeader(const csv::Row& row) {
    std::set<std::string_view> seen;
    for (size_t i = 0; i < row.fields.size(); ++i) {
      const std::string name(Trim(row.fields[i]));
      const auto known = std::find(kColumnNames.begin(), kColumnNames.end(), name);
      if (known == kColumnNames.end()) {
        AddError(row.line, name.substr(0, 64), "BAD_CSV",
                 fmt::format("there is no column '{}'; the columns are {}", Shown(name),
                             fmt::join(kColumnNames, ", ")));
      } else if (!seen.insert(*known).second) {
        AddError(row.line, name, "BAD_CSV", "the column stands there twice");
      } else {
        column_of_[static_cast<CalendarColumn>(known - kColumnNames.begin())] = i;
      }
    }
    for (std::string_view name : kColumnNames) {
      if (!seen.contains(name)) {
        AddError(row.line, std::string(name), "BAD_CSV", "the column is missing");
      }
    }
    fields_ = row.fields.size();
    return out_.errors_total == 0 ? Ok() : MakeStatus(Code::kAborted, "bad header");
  }

  static std::string Shown(const std::string& text) {
    return text::IsValidUtf8(text) ? std::string(text::Truncate(text, 64)) : "?";
  }

  Status TakeRow(const csv::Row& row) {
    if (row.fields.size() != fields_) {
      AddError(row.line, "", "BAD_CSV",
               fmt::format("the row has {} fields, the header {}", row.fields.size(), fields_));
      return Ok();
    }
    for (const auto& [column, i] : column_of_) {
      if (text::IsValidUtf8(row.fields[i])) continue;
      AddError(row.line, std::string(kColumnNames[column]), "BAD_UTF8",
               "this is not UTF-8, it looks like Windows-1252 or Latin-1; save the file as \"CSV "
               "UTF-8\"");
      return Ok();
    }
    CalendarRow parsed{row.line, {}};
    std::string column = "media";
    Status status = Fill(row, &parsed.draft);
    if (status.ok()) status = checker_.Complete(&parsed.draft, &column);
    if (status.ok()) status = CheckUnique(parsed, &column);
    if (status.ok()) {
      out_.rows.push_back(std::move(parsed));
      return Ok();
    }
    if (!IsRefusal(status)) return status;
    AddError(row.line, column, ReasonOf(status), Message(status));
    return Ok();
  }

  std::string_view Cell(const csv::Row& row, CalendarColumn column) const {
    return row.fields[column_of_.at(column)];
  }

  Status Fill(const csv::Row& row, v1::PostDraft* draft) const {
    const auto trimmed = [&](CalendarColumn column) {
      return std::string(Trim(Cell(row, column)));
    };
    draft->set_org_id(org_id_);
    draft->set_external_id(trimmed(kExternalId));
    draft->set_brand_id(trimmed(kBrand).empty() ? default_brand_ : trimmed(kBrand));
    for (std::string& account : SplitCell(Cell(row, kAccount))) {
      draft->add_account_ids(std::move(account));
    }
    draft->set_local_time(trimmed(kLocalTime));
    draft->set_zone(trimmed(kZone));
    draft->set_campaign_id(trimmed(kCampaign));
    publisher::v1::Content* content = draft->mutable_content();
    // Editors write line ends inside a cell as CRLF; in a post it is one line end.
    content->set_text(absl::StrReplaceAll(std::string(Cell(row, kText)), {{"\r\n", "\n"}}));
    content->set_link(trimmed(kLink));
    const std::vector<std::string> media = SplitCell(Cell(row, kMedia));
    const std::vector<std::string> alts =
        SplitAlts(Cell(row, kAlt), static_cast<int>(media.size()));
    if (alts.size() > media.size() && !trimmed(kAlt).empty()) {
      return Refuse(Code::kInvalidArgument, "BAD_MEDIA",
                    fmt::format("the row has {} alt texts for {} media", alts.size(),
                                media.size()));
    }
    for (size_t i = 0; i < media.size(); ++i) {
      publisher::v1::Media* item = content->add_media();
      item->set_sha256(media[i]);
      if (i < alts.size()) item->set_alt_text(alts[i]);
    }
    return Ok();
  }

  Status CheckUnique(const CalendarRow& row, std::string* column) {
    const std::string& external_id = row.draft.external_id();
    if (external_id.empty()) return Ok();
    const auto [it, is_new] =
        line_of_.emplace(std::make_pair(row.draft.brand_id(), external_id), row.line);
    if (is_new) return Ok();
    *column = "external_id";
    return Refuse(Code::kInvalidArgument, "DUPLICATE_EXTERNAL_ID",
                  fmt::format("line {} has the external id '{}' already", it->second, external_id));
  }

  // The CSV reader counts columns; people know them by name.
  void AddBroken(const Status& status) {
    const ErrorInfo info = *GetErrorInfo(status);
    int line = 0;
    size_t number = 0;
    (void)absl::SimpleAtoi(info.params.at("line"), &line);
    (void)absl::SimpleAtoi(info.params.at("column"), &number);
    std::string name = info.params.at("column");
    for (const auto& [column, i] : column_of_) {
      if (i + 1 == number) name = std::string(kColumnNames[column]);
    }
    AddError(line, name, "BAD_CSV", Message(status));
  }

  void AddError(int line, const std::string& column, const std::string& reason,
                const std::string& message) {
    ++out_.errors_total;
    if (out_.errors.size() >= kErrorsShownMax) return;
    v1::RowError error;
    error.set_line(line);
    error.set_column(text::IsValidUtf8(column) ? column : "?");
    error.set_reason(reason);
    error.set_message(message);
    out_.errors.push_back(std::move(error));
  }

  const std::string org_id_;
  const std::string default_brand_;
  Memo memo_;
  const DraftChecker checker_;
  std::map<CalendarColumn, size_t> column_of_;
  size_t fields_ = 0;
  int rows_ = 0;
  std::map<std::pair<std::string, std::string>, int> line_of_;
  Calendar out_;
};

// The name, or the id where the thing is gone.
template <typename T, typename Name>
Result<std::string> NameOf(const Result<T>& found, const std::string& id, Name name) {
  if (found.ok()) return std::string(name(*found));
  if (!IsRefusal(found.status())) return found.status();
  return id;
}

}  // namespace

Calendar ReadCalendar(std::string_view file, const std::string& org_id,
                      const std::string& default_brand, const DraftChecker& checker) {
  return CalendarReader(org_id, default_brand, checker).Read(file);
}

std::string CalendarHeader() {
  std::string out;
  csv::AppendRow({kColumnNames.begin(), kColumnNames.end()}, &out);
  return out;
}

Result<std::string> CalendarRowOf(const v1::Post& post, const Directories& directories) {
  const v1::PostDraft& draft = post.draft();
  std::vector<std::string> row(kColumnCount);
  row[kExternalId] = draft.external_id();
  ASSIGN_OR_RETURN(row[kBrand],
                   NameOf(directories.brands.FindBrand(draft.org_id(), draft.brand_id()),
                          draft.brand_id(), [](const auto& b) { return b.name(); }));
  std::vector<std::string> accounts;
  for (const std::string& id : draft.account_ids()) {
    ASSIGN_OR_RETURN(std::string name,
                     NameOf(directories.accounts.FindAccount(draft.brand_id(), id), id,
                            [](const auto& a) { return a.username(); }));
    accounts.push_back(name.empty() ? id : std::move(name));
  }
  row[kAccount] = JoinCell(accounts);
  if (!draft.campaign_id().empty()) {
    const auto campaign =
        directories.campaigns.FindCampaign(draft.brand_id(), draft.campaign_id());
    ASSIGN_OR_RETURN(row[kCampaign], NameOf(campaign, draft.campaign_id(),
                                            [](const auto& c) { return c.name(); }));
  }
  row[kZone] = draft.zone().empty() ? "UTC" : draft.zone();
  if (draft.has_due_at()) {
    const absl::Time due = FromProto(draft.due_at());
    ASSIGN_OR_RETURN(row[kLocalTime], localtime::ToLocal(due, row[kZone]));
    // The second pass of a repeated hour would read back as the first.
    const auto back = localtime::ToInstant(row[kLocalTime], row[kZone]);
    if (!back.ok() || absl::ToUnixSeconds(*back) != absl::ToUnixSeconds(due)) {
      row[kZone] = "UTC";
      ASSIGN_OR_RETURN(row[kLocalTime], localtime::ToLocal(due, row[kZone]));
    }
  }
  row[kText] = draft.content().text();
  row[kLink] = draft.content().link();
  std::vector<std::string> media, alts;
  for (const publisher::v1::Media& item : draft.content().media()) {
    media.push_back(item.sha256());
    alts.push_back(item.alt_text());
  }
  row[kMedia] = JoinCell(media);
  row[kAlt] = JoinAlts(alts);
  std::string out;
  csv::AppendRow(row, &out);
  return out;
}

}  // namespace carillon::scheduler
