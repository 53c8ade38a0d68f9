// What a webhook says: something happened that a poll would bring. Only the poll takes it, so what is pushed and what is polled is one
// signal, once, whatever the platform pushes again. Pure.
#pragma once

#include "carillon/listener/v1/webhook_internal.pb.h"
#include "common/ledger/decide.h"

namespace carillon::listener {

// Polls the account now, or again after the poll that is under way, which may have looked too early. Refusal: NOT_CONNECTED.
Result<ledger::Decision> DecidePollNow(const v1::PollNow& command, ledger::StateView& states, absl::Time now);

}  // namespace carillon::listener
