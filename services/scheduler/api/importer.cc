#include "services/scheduler/api/importer.h"

#include "common/base/ids.h"
#include "services/scheduler/domain/import_decisions.h"
#include "services/scheduler/domain/records.h"

namespace carillon::scheduler {
namespace {

constexpr size_t kStageBytesMax = 512 * 1024;

Status GivenUp() {
  return MakeStatus(Code::kCancelled, "the caller went away before the file was complete");
}

}  // namespace

std::string ImportDigest(const v1::ImportOptions& options, std::string_view file) {
  return HashText({file, options.default_brand()});
}

std::string ImportId(const v1::ImportOptions& options, std::string_view digest) {
  return MakeId("imp", {options.org_id(), digest});
}

Result<v1::Import> Importer::Submit(const std::string& import_id,
                                    std::shared_ptr<const rpc::Message> body,
                                    const common::v1::Envelope& envelope,
                                    absl::Time deadline) const {
  ledger::Input input;
  input.aggregate_id = import_id;
  input.body = std::move(body);
  // Without a request id: the steps are idempotent by what they say, and the file decides the
  // import's id.
  input.envelope = envelope;
  input.envelope.clear_request_id();
  const ledger::Answer answer = router_.SubmitAndWait(std::move(input), deadline);
  RETURN_IF_ERROR(answer.status);
  return static_cast<const v1::SchedulerRecord&>(*answer.record).import();
}

Status Importer::Stage(const v1::ImportOptions& options, const Calendar& calendar,
                       const std::string& digest, const common::v1::Envelope& envelope,
                       absl::Time deadline, const std::function<bool()>& given_up,
                       v1::Import* import) const {
  const std::string import_id = ImportId(options, digest);
  const int row_count = static_cast<int>(calendar.rows.size());
  int number = 0;
  while (number < row_count) {
    auto step = std::make_shared<v1::StageImportRows>();
    step->set_import_id(import_id);
    step->set_org_id(options.org_id());
    step->set_file_name(options.file_name());
    step->set_row_count(row_count);
    step->set_digest(digest);
    size_t bytes = 0;
    while (number < row_count && step->rows_size() < kStageRowsMax && bytes < kStageBytesMax) {
      const CalendarRow& from = calendar.rows[static_cast<size_t>(number)];
      ++number;
      v1::ImportRow* row = step->add_rows();
      row->set_id(RowId(import_id, number));
      row->set_import_id(import_id);
      row->set_number(number);
      row->set_line(from.line);
      *row->mutable_draft() = from.draft;
      row->set_post_id(ImportedPostId(from.draft, row->id()));
      bytes += row->ByteSizeLong();
    }
    if (given_up()) return GivenUp();
    ASSIGN_OR_RETURN(*import, Submit(import_id, std::move(step), envelope, deadline));
    // The same file was committed before: its import stands as it is.
    if (import->state() != v1::IMPORT_STATE_STAGING) return Ok();
  }
  auto commit = std::make_shared<v1::CommitImport>();
  commit->set_import_id(import_id);
  commit->set_row_count(row_count);
  commit->set_digest(digest);
  if (given_up()) return GivenUp();
  ASSIGN_OR_RETURN(*import, Submit(import_id, std::move(commit), envelope, deadline));
  return Ok();
}

Status Importer::Run(const v1::ImportOptions& options, std::string_view file,
                     const common::v1::Envelope& envelope, absl::Time deadline,
                     const std::function<bool()>& given_up,
                     v1::ImportCalendarResponse* response) const {
  const Calendar calendar =
      ReadCalendar(file, options.org_id(), options.default_brand(), checker_);
  RETURN_IF_ERROR(calendar.status);
  response->set_rows_ok(static_cast<int>(calendar.rows.size()));
  response->set_errors_total(calendar.errors_total);
  for (const v1::RowError& error : calendar.errors) *response->add_errors() = error;
  if (calendar.errors_total > 0 || options.dry_run()) return Ok();
  return Stage(options, calendar, ImportDigest(options, file), envelope, deadline, given_up,
               response->mutable_import());
}

}  // namespace carillon::scheduler
