// The one decision on what a poll brought: cursor, signals, inbox items, samples and the next
// poll's time, together or not at all. So the cursor never passes what is not in the log, and what
// is in the log is never taken again. Pure.
#pragma once

#include "carillon/listener/v1/internal.pb.h"
#include "common/ledger/decide.h"
#include "services/listener/domain/schedule.h"

namespace carillon::listener {

// The signals that are remembered by id, for pages that overlap. More than a page, so that a page
// repeated as a whole is known.
constexpr int kRecentSignalsMax = 200;

// Refusals: STALE_POLL (another poll is under way, or none: the account was disconnected),
// REPORT_TOO_LARGE.
Result<ledger::Decision> DecideReport(const v1::PollReport& report, ledger::StateView& states,
                                      const DomainOptions& options, absl::Time now);

}  // namespace carillon::listener
