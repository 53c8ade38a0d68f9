#include "services/scheduler/domain/records.h"

#include <fmt/format.h>

#include "common/base/ids.h"

namespace carillon::scheduler {
namespace {

using v1::SchedulerRecord;

// The record of `id` if it holds the kind of aggregate that is asked for.
Result<std::shared_ptr<const SchedulerRecord>> Find(ledger::StateView& states, std::string_view id,
                                                    SchedulerRecord::AggregateCase kind) {
  ASSIGN_OR_RETURN(ledger::ProtoPtr record, states.Find(id));
  auto typed = std::dynamic_pointer_cast<const SchedulerRecord>(std::move(record));
  if (typed != nullptr && typed->aggregate_case() != kind) typed = nullptr;
  return typed;
}

template <typename Aggregate>
Result<std::optional<Aggregate>> FindAs(ledger::StateView& states, std::string_view id,
                                        SchedulerRecord::AggregateCase kind,
                                        const Aggregate& (SchedulerRecord::*get)() const) {
  ASSIGN_OR_RETURN(auto record, Find(states, id, kind));
  if (record == nullptr) return std::optional<Aggregate>();
  return std::optional<Aggregate>(((*record).*get)());
}

}  // namespace

Result<std::optional<v1::Post>> FindPost(ledger::StateView& states, std::string_view id) {
  return FindAs<v1::Post>(states, id, SchedulerRecord::kPost, &SchedulerRecord::post);
}
Result<std::optional<v1::Import>> FindImport(ledger::StateView& states, std::string_view id) {
  return FindAs<v1::Import>(states, id, SchedulerRecord::kImport, &SchedulerRecord::import);
}
Result<std::optional<v1::ImportRow>> FindRow(ledger::StateView& states, std::string_view id) {
  return FindAs<v1::ImportRow>(states, id, SchedulerRecord::kImportRow,
                               &SchedulerRecord::import_row);
}
Result<std::optional<v1::KillSwitch>> FindKillSwitch(ledger::StateView& states,
                                                     std::string_view id) {
  return FindAs<v1::KillSwitch>(states, id, SchedulerRecord::kKillSwitch,
                                &SchedulerRecord::kill_switch);
}
Result<std::optional<v1::KillSwitchBoard>> FindBoard(ledger::StateView& states) {
  return FindAs<v1::KillSwitchBoard>(states, kKillRoot, SchedulerRecord::kKillSwitchBoard,
                                     &SchedulerRecord::kill_switch_board);
}

ledger::Change ChangeOf(std::string what, v1::Post post) {
  auto record = std::make_shared<SchedulerRecord>();
  std::string id = post.id();
  *record->mutable_post() = std::move(post);
  return {std::move(id), std::move(what), std::move(record)};
}
ledger::Change ChangeOf(std::string what, v1::Import import) {
  auto record = std::make_shared<SchedulerRecord>();
  std::string id = import.id();
  *record->mutable_import() = std::move(import);
  return {std::move(id), std::move(what), std::move(record)};
}
ledger::Change ChangeOf(std::string what, v1::ImportRow row) {
  auto record = std::make_shared<SchedulerRecord>();
  std::string id = row.id();
  *record->mutable_import_row() = std::move(row);
  return {std::move(id), std::move(what), std::move(record)};
}
ledger::Change ChangeOf(std::string what, v1::KillSwitch kill_switch) {
  auto record = std::make_shared<SchedulerRecord>();
  std::string id = kill_switch.id();
  *record->mutable_kill_switch() = std::move(kill_switch);
  return {std::move(id), std::move(what), std::move(record)};
}
ledger::Change ChangeOf(std::string what, v1::KillSwitchBoard board) {
  auto record = std::make_shared<SchedulerRecord>();
  *record->mutable_kill_switch_board() = std::move(board);
  return {std::string(kKillRoot), std::move(what), std::move(record)};
}

ledger::OutMessage ToScheduler(std::string id, std::string to, std::string from,
                               std::shared_ptr<v1::SchedulerMessage> body) {
  body->mutable_header()->set_from_service("scheduler");
  ledger::OutMessage message;
  message.id = std::move(id);
  message.to = std::move(to);
  message.from_aggregate = std::move(from);
  message.body = std::move(body);
  return message;
}

Status UnknownPost(std::string_view id) {
  return Refuse(Code::kNotFound, "UNKNOWN_POST", fmt::format("there is no post '{}'", id),
                {{"post", std::string(id)}});
}

Status UnknownImport(std::string_view id) {
  return Refuse(Code::kNotFound, "UNKNOWN_IMPORT", fmt::format("there is no import '{}'", id),
                {{"import", std::string(id)}});
}

std::string RowId(std::string_view import_id, int number) {
  return MakeId("row", {import_id, std::to_string(number)}, import_id);
}

std::string ImportedPostId(const v1::PostDraft& draft, std::string_view row_id) {
  if (!draft.external_id().empty()) {
    return MakeId("post", {"ext", draft.brand_id(), draft.external_id()});
  }
  return MakeId("post", {"row", row_id});
}

}  // namespace carillon::scheduler
