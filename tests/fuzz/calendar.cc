// The calendar importer: the input is the file. Whatever it holds, it is read to an end; each error has a line, a reason and a message
// that can be sent; rows that were taken can be written and read back as the same posts; chunks of any size give the same rows.
#include <map>

#include "common/csv/csv.h"
#include "common/text/utf8.h"
#include "services/scheduler/api/calendar_file.h"
#include "services/scheduler/domain/post_rules.h"
#include "tests/fuzz/support.h"

namespace carillon::fuzz {
namespace {

constexpr size_t kInputBytesMax = 256 * 1024;

// Two brands in other zones, accounts with other limits, one campaign, two files.
class Known : public scheduler::BrandDirectory,
              public scheduler::AccountDirectory,
              public scheduler::CampaignDirectory,
              public scheduler::MediaStore {
 public:
  Result<strategy::v1::Brand> FindBrand(const std::string&, const std::string& name) override {
    strategy::v1::Brand brand;
    brand.set_org_id("org_acme");
    if (name == "Trailkin" || name == "brand_trailkin") {
      brand.set_id("brand_trailkin");
      brand.set_name("Trailkin");
      brand.set_timezone("Europe/Paris");
    } else if (name == "Lumen; Co, \"Ltd\"" || name == "brand_lumen") {
      brand.set_id("brand_lumen");
      brand.set_name("Lumen; Co, \"Ltd\"");
      brand.set_timezone("Australia/Lord_Howe");
    } else {
      return Missing("UNKNOWN_BRAND", name);
    }
    return brand;
  }
  Result<publisher::v1::Account> FindAccount(const std::string& brand_id, const std::string& name) override {
    publisher::v1::Account account;
    account.set_brand_id(brand_id);
    account.set_platform("mastodon");
    account.set_state(publisher::v1::ACCOUNT_STATE_CONNECTED);
    account.mutable_limits()->set_text_characters_max(500);
    account.mutable_limits()->set_url_characters(23);
    account.mutable_limits()->set_media_count_max(4);
    if (name == "a@one.example" || name == "acct_a") {
      account.set_id("acct_a");
      account.set_username("a@one.example");
    } else if (name == "acct_b") {
      account.set_id("acct_b");  // a server that gave no name
      account.mutable_limits()->set_text_characters_max(5000);
    } else {
      return Missing("UNKNOWN_ACCOUNT", name);
    }
    return account;
  }
  Result<strategy::v1::Campaign> FindCampaign(const std::string& brand_id, const std::string& name) override {
    if (name != "Launch" && name != "camp_launch") return Missing("UNKNOWN_CAMPAIGN", name);
    strategy::v1::Campaign campaign;
    campaign.set_id("camp_launch");
    campaign.set_brand_id(brand_id);
    campaign.set_name("Launch");
    return campaign;
  }
  Result<std::unique_ptr<scheduler::MediaUpload>> Begin() override {
    return MakeStatus(Code::kUnavailable, "no uploads here");
  }
  Result<publisher::v1::Media> Find(const std::string& sha256) override {
    if (sha256 != std::string(64, 'a') && sha256 != std::string(64, 'b')) return Missing("UNKNOWN_MEDIA", sha256);
    publisher::v1::Media media;
    media.set_mime_type("image/png");
    media.set_size_bytes(7);
    return media;
  }

 private:
  static Status Missing(const char* reason, const std::string& name) {
    return Refuse(Code::kNotFound, reason, "there is no '" + name + "'", {{"name", name}});
  }
};

// Rows and the end's error, fed in pieces of `chunk` bytes.
struct Parsed {
  std::vector<csv::Row> rows;
  std::string error;
};
Parsed ReadRows(std::string_view file, size_t chunk) {
  Parsed out;
  csv::Reader reader([&out](csv::Row row) {
    out.rows.push_back(std::move(row));
    return Ok();
  });
  Status status;
  for (size_t at = 0; at < file.size() && status.ok(); at += chunk) status = reader.Feed(file.substr(at, chunk));
  if (status.ok()) status = reader.End();
  out.error = ToString(status);
  CARILLON_CHECK(status.ok() || ReasonOf(status) == "BAD_CSV", "{}", out.error);
  return out;
}

void CheckRows(std::string_view file) {
  const Parsed whole = ReadRows(file, file.size() + 1);
  const Parsed pieces = ReadRows(file, 7);
  CARILLON_CHECK(whole.error == pieces.error && whole.rows.size() == pieces.rows.size(),
                 "chunks change the meaning: {} / {}", whole.error, pieces.error);
  std::string written;
  for (const csv::Row& row : whole.rows) csv::AppendRow(row.fields, &written);
  const Parsed again = ReadRows(written, written.size() + 1);
  // A byte order mark stands only at a file's start, where it is no text; quotes make a row longer.
  if (whole.rows.empty() || whole.rows[0].fields[0].starts_with("\xEF\xBB\xBF") || !ToString(Ok()).starts_with(again.error)) {
    return;
  }
  CARILLON_CHECK(again.rows.size() == whole.rows.size(), "{} rows were written, {} read back", whole.rows.size(),
                 again.rows.size());
  for (size_t i = 0; i < whole.rows.size(); ++i) {
    CARILLON_CHECK(again.rows[i].fields == whole.rows[i].fields, "row {} reads back as another", i);
    CARILLON_CHECK(pieces.rows[i].fields == whole.rows[i].fields && pieces.rows[i].line == whole.rows[i].line,
                   "row {} depends on chunks", i);
  }
}

void CheckErrors(const scheduler::Calendar& calendar) {
  const auto shown = static_cast<int>(calendar.errors.size());
  CARILLON_CHECK(shown == std::min(calendar.errors_total, scheduler::kErrorsShownMax), "{} of {} errors are shown",
                 shown, calendar.errors_total);
  for (const scheduler::v1::RowError& error : calendar.errors) {
    CARILLON_CHECK(error.line() > 0 && !error.reason().empty() && !error.message().empty(), "an error without a word: {}",
                   error.ShortDebugString());
    CARILLON_CHECK(text::IsValidUtf8(error.column()) && text::IsValidUtf8(error.message()),
                   "an error that cannot be sent: line {}, {}", error.line(), error.reason());
  }
}

// Every row that was taken is a draft that the domain takes, and reads back as itself.
void CheckTaken(const scheduler::Calendar& calendar, Known& known, const scheduler::DraftChecker& checker) {
  std::string exported = scheduler::CalendarHeader();
  for (const scheduler::CalendarRow& row : calendar.rows) {
    const Status good = scheduler::CheckDraft(row.draft);
    CARILLON_CHECK(good.ok(), "a row was taken that the domain refuses: {}", ToString(good));
    scheduler::v1::Post post;
    *post.mutable_draft() = row.draft;
    const Result<std::string> written = scheduler::CalendarRowOf(post, {known, known, known});
    CARILLON_CHECK(written.ok(), "a row cannot be written: {}", ToString(written.status()));
    exported += *written;
  }
  const scheduler::Calendar again = scheduler::ReadCalendar(exported, "org_acme", "", checker);
  CARILLON_CHECK(again.errors_total == 0 && again.rows.size() == calendar.rows.size(),
                 "what is exported does not read back: {}\n{}",
                 again.errors.empty() ? "rows are missing" : again.errors[0].ShortDebugString(), exported);
  for (size_t i = 0; i < calendar.rows.size(); ++i) {
    scheduler::v1::PostDraft before = calendar.rows[i].draft;
    scheduler::v1::PostDraft after = again.rows[i].draft;
    // The second pass of a repeated hour is written in UTC.
    if (after.zone() == "UTC") {
      before.clear_zone(), before.clear_local_time();
      after.clear_zone(), after.clear_local_time();
    }
    CARILLON_CHECK(before.SerializeAsString() == after.SerializeAsString(), "{}\nreads back as\n{}",
                   before.DebugString(), after.DebugString());
  }
}

void Run(std::string_view file) {
  if (file.size() > kInputBytesMax) return;
  CheckRows(file);
  Known known;
  const scheduler::DraftChecker checker({known, known, known}, known);
  const scheduler::Calendar calendar = scheduler::ReadCalendar(file, "org_acme", "Trailkin", checker);
  CARILLON_CHECK(calendar.status.ok(), "no directory is away: {}", ToString(calendar.status));
  CheckErrors(calendar);
  if (calendar.errors_total == 0 && !calendar.rows.empty()) CheckTaken(calendar, known, checker);
  for (const scheduler::CalendarRow& row : calendar.rows) {
    const scheduler::v1::PostDraft& draft = row.draft;
    Planted({calendar.errors_total == 0 && calendar.rows.size() >= 2, draft.zone() == "Australia/Lord_Howe",
             !draft.content().link().empty()});
  }
}

}  // namespace
}  // namespace carillon::fuzz

#ifdef CARILLON_FUZZ
#include "tests/fuzz/structure_mutator.h"
#include "tests/fuzz/token_mutator.h"

namespace {

const std::vector<carillon::fuzz::Words>& Columns() {
  static const std::vector<carillon::fuzz::Words> columns = {
      {"e1", "e2", "", "é"},
      {"Trailkin", "", "brand_lumen", "\"Lumen; Co, \"\"Ltd\"\"\""},
      {"acct_a", "acct_b", "a@one.example", "a@one.example; acct_b", "acct_a; acct_a"},
      {"2026-10-25 02:30", "2027-03-28 02:30:00", "1970-01-01 00:00", "2199-12-31 23:59:59", "2027-04-04 01:45", ""},
      {"UTC", "Europe/Paris", "Australia/Lord_Howe", "Asia/Tokyo", ""},
      {"Hi", "\"a, \"\"b\"\"\n\nc\"", "é🎉", "https://a.example/ @x@y.example #z", ""},
      {"https://a.example/", "", "http://b.example/?q=1"},
      {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; "
       "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", ""},
      {"A hill", "A hill; at dawn | wide | x", ""},
      {"Launch", "camp_launch", ""}};
  return columns;
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t size_max, unsigned seed) {
  if (seed % 2 == 0) return carillon::fuzz::MutateTable(data, size, size_max, seed, Columns());
  return carillon::fuzz::MutateTokens(data, size, size_max, seed, ",\"\r\n;|",
                                      {"Trailkin", "Lumen; Co", "acct_a", "brand_lumen", "UTC", "2026-10-25 02:30", "é", "🎉"});
}
#endif

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  carillon::fuzz::Run(carillon::fuzz::Text(data, size));
  return 0;
}
