// How one thing that came in is taken, whether a poll or a stream brought it: an inbox item and an event, once. Pure.
#pragma once

#include <string>

#include "carillon/listener/v1/internal.pb.h"
#include "carillon/listener/v1/listener.pb.h"
#include "services/listener/domain/change_set.h"

namespace carillon::listener {

// Said to the account, so that its status is its name: a mention, a reply, a direct message.
bool Talks(v1::SignalKind kind);

// One signal, if it is new. What talks is known by its status for ever (the inbox item and the event are one decision's work); anything else
// by the caller. What a query found before it was seen to talk becomes what it is.
Status TakeSignal(ChangeSet& changes, const v1::Collection& collection, const v1::Signal& signal);

// A post that queries found; true if it was not there. One that is in the inbox already only gets the terms.
Result<bool> TakeFound(ChangeSet& changes, const v1::Collection& collection, const v1::Signal& signal,
                       const google::protobuf::RepeatedPtrField<std::string>& terms);

}  // namespace carillon::listener
