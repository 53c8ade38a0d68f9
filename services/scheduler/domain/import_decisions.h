// An import: rows are staged unseen, committed by one record, then sent to their posts' shards, and every answer is counted. What
// has no answer is found again by a sweep over the rows, at most `kSweepRowsMax` a step.
#pragma once

#include "carillon/scheduler/v1/commands.pb.h"
#include "carillon/scheduler/v1/scheduler_api.pb.h"
#include "common/ledger/decide.h"

namespace carillon::scheduler {

constexpr int kImportRowsMax = 50'000;
constexpr int kStageRowsMax = 100;
constexpr int kSweepRowsMax = 200;
constexpr size_t kSweepBytesMax = 1 << 20;
constexpr int kImportErrorsMax = 100;
constexpr int kExceptMax = 1'000;
constexpr size_t kExceptBytesMax = 100 * 1024;

// The same rows again change nothing.
Result<ledger::Decision> StageRows(const ledger::Input& input, const v1::StageImportRows& body,
                                   ledger::StateView& states, absl::Time now);
// IMPORT_INCOMPLETE if rows are missing. Twice is fine.
Result<ledger::Decision> CommitRows(const ledger::Input& input, const v1::CommitImport& body,
                                    ledger::StateView& states, absl::Time now);
// Approves every post of the import but the excepted ones, also those that are still on their way.
Result<ledger::Decision> ApproveRows(const ledger::Input& input,
                                     const v1::ApproveImportRequest& body,
                                     ledger::StateView& states, absl::Time now);
Result<ledger::Decision> DueImport(const ledger::Input& input, ledger::StateView& states,
                                   absl::Time now);
Result<ledger::Decision> TakeImportPostDone(const ledger::Input& input,
                                            const v1::ImportPostDone& body,
                                            ledger::StateView& states, absl::Time now);
Result<ledger::Decision> TakeApproveDone(const ledger::Input& input,
                                         const v1::ApproveImportedDone& body,
                                         ledger::StateView& states, absl::Time now);

}  // namespace carillon::scheduler
