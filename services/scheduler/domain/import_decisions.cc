#include "services/scheduler/domain/import_decisions.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/clock.h"
#include "common/base/utf8.h"
#include "common/content/content.h"
#include "services/scheduler/domain/post_state.h"
#include "services/scheduler/domain/records.h"

namespace carillon::scheduler {
namespace {

using ledger::Decision;
using ledger::Input;
using ledger::StateView;

constexpr size_t kErrorTextMax = 300;

int RowsDone(const v1::Import& import) {
  return import.rows_created() + import.rows_unchanged() + import.rows_updated() +
         import.rows_failed();
}

bool IsExcepted(const v1::Import& import, const v1::ImportRow& row) {
  return std::any_of(import.approve_except().begin(), import.approve_except().end(),
                     [&](const std::string& except) {
                       return except == row.post_id() ||
                              (!except.empty() && except == row.draft().external_id());
                     });
}

bool NeedsApproval(const v1::Import& import, const v1::ImportRow& row) {
  return import.approved() && row.approval().empty() && row.result() != "FAILED" &&
         !IsExcepted(import, row);
}

ledger::OutMessage ImportMessage(const v1::ImportRow& row) {
  auto body = std::make_shared<v1::SchedulerMessage>();
  v1::ImportPost* order = body->mutable_import_post();
  order->set_import_id(row.import_id());
  order->set_row_id(row.id());
  order->set_post_id(row.post_id());
  *order->mutable_draft() = row.draft();
  return ToScheduler(row.id() + ":import", row.post_id(), row.import_id(), std::move(body));
}

ledger::OutMessage ApproveMessage(const v1::Import& import, const v1::ImportRow& row) {
  auto body = std::make_shared<v1::SchedulerMessage>();
  v1::ApproveImported* order = body->mutable_approve_imported();
  order->set_import_id(row.import_id());
  order->set_row_id(row.id());
  order->set_post_id(row.post_id());
  order->set_approved_by(import.approved_by());
  order->set_content_hash(content::ContentHash(row.draft().content()));
  return ToScheduler(row.id() + ":approve", row.post_id(), row.import_id(), std::move(body));
}

void AddError(const v1::ImportRow& row, const std::string& message, v1::Import* import) {
  if (import->errors_size() >= kImportErrorsMax) return;
  v1::RowError* error = import->add_errors();
  error->set_line(row.line());
  const size_t colon = message.find(": ");
  error->set_reason(std::string(CutUtf8(message.substr(0, colon), kErrorTextMax)));
  error->set_message(std::string(
      CutUtf8(colon == std::string::npos ? message : message.substr(colon + 2), kErrorTextMax)));
}

void StartSweep(absl::Time now, v1::Import* import) {
  import->set_sweep_row(0);
  import->set_sweep_open(0);
  import->set_sweeps(0);
  *import->mutable_next_at() = ToProto(now);
}

Status BadImport(const std::string& message) {
  return Refuse(Code::kInvalidArgument, "BAD_IMPORT", message);
}

Decision Change(std::string what, v1::Import import, absl::Time now) {
  *import.mutable_updated_at() = ToProto(now);
  Decision decision;
  decision.changes.push_back(ChangeOf(std::move(what), std::move(import)));
  return decision;
}

}  // namespace

Result<Decision> StageRows(const Input& input, const v1::StageImportRows& body, StateView& states,
                           absl::Time now) {
  if (body.rows_size() > kStageRowsMax || body.row_count() < 1 ||
      body.row_count() > kImportRowsMax) {
    return BadImport(fmt::format("an import has 1 to {} rows, at most {} of them in one step",
                                 kImportRowsMax, kStageRowsMax));
  }
  ASSIGN_OR_RETURN(std::optional<v1::Import> import, FindImport(states, input.aggregate_id));
  if (import && import->state() != v1::IMPORT_STATE_STAGING) return Decision{};
  if (!import) {
    import.emplace();
    import->set_id(input.aggregate_id);
    import->set_org_id(body.org_id());
    import->set_state(v1::IMPORT_STATE_STAGING);
    import->set_row_count(body.row_count());
    import->set_digest(body.digest());
    import->set_file_name(body.file_name());
    *import->mutable_created_at() = ToProto(now);
  }
  Decision rows;
  for (const v1::ImportRow& row : body.rows()) {
    if (row.number() < 1 || row.number() > import->row_count() ||
        row.id() != RowId(import->id(), row.number())) {
      return BadImport(fmt::format("row {} is not one of import {}", row.number(), import->id()));
    }
    ASSIGN_OR_RETURN(std::optional<v1::ImportRow> known, FindRow(states, row.id()));
    if (known && known->SerializeAsString() == row.SerializeAsString()) continue;
    if (!known) import->set_rows_staged(import->rows_staged() + 1);
    rows.changes.push_back(ChangeOf("import_row.staged", row));
  }
  if (rows.changes.empty()) return rows;
  Decision decision = Change("import.staging", *std::move(import), now);
  for (ledger::Change& change : rows.changes) decision.changes.push_back(std::move(change));
  return decision;
}

Result<Decision> CommitRows(const Input& input, const v1::CommitImport& body, StateView& states,
                            absl::Time now) {
  ASSIGN_OR_RETURN(std::optional<v1::Import> import, FindImport(states, input.aggregate_id));
  if (!import) return UnknownImport(input.aggregate_id);
  if (import->state() != v1::IMPORT_STATE_STAGING) return Decision{};
  if (import->rows_staged() != body.row_count() || import->row_count() != body.row_count() ||
      import->digest() != body.digest()) {
    return Refuse(Code::kFailedPrecondition, "IMPORT_INCOMPLETE",
                  fmt::format("import {} has {} of {} rows; send the file again", import->id(),
                              import->rows_staged(), body.row_count()),
                  {{"import", import->id()}});
  }
  import->set_state(v1::IMPORT_STATE_COMMITTED);
  StartSweep(now, &*import);
  return Change("import.committed", *std::move(import), now);
}

Result<Decision> ApproveRows(const Input& input, const v1::ApproveImportRequest& body,
                             StateView& states, absl::Time now) {
  ASSIGN_OR_RETURN(std::optional<v1::Import> import, FindImport(states, input.aggregate_id));
  if (!import) return UnknownImport(input.aggregate_id);
  if (import->state() == v1::IMPORT_STATE_STAGING) {
    return Refuse(Code::kFailedPrecondition, "IMPORT_INCOMPLETE",
                  fmt::format("import {} is not complete yet; send the file again", import->id()),
                  {{"import", import->id()}});
  }
  size_t bytes = 0;
  for (const std::string& except : body.except()) bytes += except.size();
  if (body.except_size() > kExceptMax || bytes > kExceptBytesMax) {
    return BadImport(fmt::format("at most {} posts can be excepted; cancel the others, or approve "
                                 "posts one by one",
                                 kExceptMax));
  }
  import->set_approved(true);
  import->set_approved_by(input.envelope.actor().id());
  *import->mutable_approve_except() = body.except();
  StartSweep(now, &*import);
  return Change("import.approved", *std::move(import), now);
}

Result<Decision> DueImport(const Input& input, StateView& states, absl::Time now) {
  ASSIGN_OR_RETURN(std::optional<v1::Import> import, FindImport(states, input.aggregate_id));
  if (!import || !import->has_next_at() || FromProto(import->next_at()) > now) return Decision{};
  if (import->sweep_row() >= import->row_count()) {
    import->set_sweep_row(0);
    import->set_sweep_open(0);
  }
  std::vector<ledger::OutMessage> messages;
  size_t bytes = 0;
  int number = import->sweep_row();
  const int last = std::min(import->row_count(), number + kSweepRowsMax);
  while (number < last && bytes < kSweepBytesMax) {
    ++number;
    ASSIGN_OR_RETURN(std::optional<v1::ImportRow> row,
                     FindRow(states, RowId(import->id(), number)));
    if (!row) continue;  // cannot be: the commit counted it
    if (row->result().empty()) {
      messages.push_back(ImportMessage(*row));
      bytes += row->ByteSizeLong();
    } else if (NeedsApproval(*import, *row)) {
      messages.push_back(ApproveMessage(*import, *row));
    } else {
      continue;
    }
    import->set_sweep_open(import->sweep_open() + 1);
  }
  import->set_sweep_row(number);
  if (number < import->row_count()) {
    *import->mutable_next_at() = ToProto(now);
  } else if (import->sweep_open() == 0) {
    import->clear_next_at();
    import->set_sweeps(0);
  } else {
    *import->mutable_next_at() = ToProto(now + RetryDelay(import->sweeps()));
    import->set_sweeps(import->sweeps() + 1);
  }
  Decision decision = Change("import.sent", *std::move(import), now);
  decision.messages = std::move(messages);
  return decision;
}

Result<Decision> TakeImportPostDone(const Input& input, const v1::ImportPostDone& body,
                                    StateView& states, absl::Time now) {
  ASSIGN_OR_RETURN(std::optional<v1::ImportRow> row, FindRow(states, input.aggregate_id));
  ASSIGN_OR_RETURN(std::optional<v1::Import> import, FindImport(states, body.import_id()));
  if (!row || !import) return UnknownImport(body.import_id());
  if (!row->result().empty()) return Decision{};
  row->set_result(body.result());
  row->set_error(body.error());
  if (body.result() == "CREATED") {
    import->set_rows_created(import->rows_created() + 1);
  } else if (body.result() == "UPDATED") {
    import->set_rows_updated(import->rows_updated() + 1);
  } else if (body.result() == "UNCHANGED") {
    import->set_rows_unchanged(import->rows_unchanged() + 1);
  } else {
    import->set_rows_failed(import->rows_failed() + 1);
    AddError(*row, body.error(), &*import);
  }
  if (RowsDone(*import) == import->row_count()) {
    import->set_state(import->rows_failed() == 0 ? v1::IMPORT_STATE_APPLIED
                                                 : v1::IMPORT_STATE_APPLIED_WITH_ERRORS);
  }
  std::vector<ledger::OutMessage> messages;
  if (NeedsApproval(*import, *row)) messages.push_back(ApproveMessage(*import, *row));
  Decision decision = Change("import.row_done", *std::move(import), now);
  decision.changes.push_back(ChangeOf("import_row.done", *std::move(row)));
  decision.messages = std::move(messages);
  return decision;
}

Result<Decision> TakeApproveDone(const Input& input, const v1::ApproveImportedDone& body,
                                 StateView& states, absl::Time now) {
  ASSIGN_OR_RETURN(std::optional<v1::ImportRow> row, FindRow(states, input.aggregate_id));
  ASSIGN_OR_RETURN(std::optional<v1::Import> import, FindImport(states, body.import_id()));
  if (!row || !import) return UnknownImport(body.import_id());
  if (!row->approval().empty()) return Decision{};
  row->set_approval(body.approved() ? "APPROVED" : "REFUSED");
  if (body.approved()) {
    import->set_rows_approved(import->rows_approved() + 1);
  } else {
    AddError(*row, body.error(), &*import);
  }
  Decision decision = Change("import.row_approved", *std::move(import), now);
  decision.changes.push_back(ChangeOf("import_row.approved", *std::move(row)));
  return decision;
}

}  // namespace carillon::scheduler
