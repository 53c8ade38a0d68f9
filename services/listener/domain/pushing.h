// The decision on what a stream brought for an account. Pure.
#pragma once

#include "carillon/listener/v1/internal.pb.h"
#include "common/ledger/decide.h"
#include "services/listener/domain/schedule.h"

namespace carillon::listener {

// What talks to the account and what was found is taken; it is known by its status for ever, so polling adds nothing to it. Reactions are
// known only by the poll's cursor, and a stream may repeat them hours later: they only make the account be polled soon. The poll's cursor
// never moves here. Refusals: NOT_CONNECTED, REPORT_TOO_LARGE.
Result<ledger::Decision> DecidePush(const v1::PushReport& report, ledger::StateView& states,
                                    const DomainOptions& options, absl::Time now);

// Polls the account, its notifications included, at `at` or before; after the poll that is under way, if one is.
void PollBy(v1::Collection& collection, absl::Time at);

}  // namespace carillon::listener
