// Kill switches: one board for all, changed by one record, and told to every publisher with each change and each second.
#pragma once

#include "carillon/scheduler/v1/commands.pb.h"
#include "carillon/scheduler/v1/scheduler_api.pb.h"
#include "common/ledger/decide.h"

namespace carillon::scheduler {

constexpr int kKillSwitchesMax = 500;
constexpr size_t kReasonBytesMax = 300;

// hash(org, request)~kill_root.
std::string KillSwitchId(std::string_view org_id, std::string_view request_id);

// Answers the switch. One that is on for the same brand (or the whole organization) already is answered as it is.
Result<ledger::Decision> SetKillSwitch(const ledger::Input& input,
                                       const v1::SetKillSwitchRequest& body,
                                       ledger::StateView& states, absl::Time now);
// UNKNOWN_KILL_SWITCH if there never was one; ending one twice is fine.
Result<ledger::Decision> EndKillSwitch(const ledger::Input& input,
                                       const v1::EndKillSwitchRequest& body,
                                       ledger::StateView& states, absl::Time now);
// A control record, and the board if it is missing.
Result<ledger::Decision> Beat(ledger::StateView& states, absl::Time now);

}  // namespace carillon::scheduler
