// Scheduler aggregates out of ledger records and into changes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "carillon/scheduler/v1/scheduler.pb.h"
#include "common/ledger/decide.h"

namespace carillon::scheduler {

// All kill switches are in this aggregate's shard; it is one board for all organizations.
inline constexpr std::string_view kKillRoot = "kill_root";

// Nothing: never created, or an aggregate of another kind.
Result<std::optional<v1::Post>> FindPost(ledger::StateView& states, std::string_view id);
Result<std::optional<v1::Import>> FindImport(ledger::StateView& states, std::string_view id);
Result<std::optional<v1::ImportRow>> FindRow(ledger::StateView& states, std::string_view id);
Result<std::optional<v1::KillSwitch>> FindKillSwitch(ledger::StateView& states,
                                                     std::string_view id);
Result<std::optional<v1::KillSwitchBoard>> FindBoard(ledger::StateView& states);

ledger::Change ChangeOf(std::string what, v1::Post post);
ledger::Change ChangeOf(std::string what, v1::Import import);
ledger::Change ChangeOf(std::string what, v1::ImportRow row);
ledger::Change ChangeOf(std::string what, v1::KillSwitch kill_switch);
ledger::Change ChangeOf(std::string what, v1::KillSwitchBoard board);

// An inbox message of this service's own, to another shard.
ledger::OutMessage ToScheduler(std::string id, std::string to, std::string from,
                               std::shared_ptr<v1::SchedulerMessage> body);

Status UnknownPost(std::string_view id);
Status UnknownImport(std::string_view id);

// hash(import, number)~import: rows live with their import and are found by number.
std::string RowId(std::string_view import_id, int number);
// A row's post: by (brand, external id), which is unique; by the row where it has none.
std::string ImportedPostId(const v1::PostDraft& draft, std::string_view row_id);

}  // namespace carillon::scheduler
