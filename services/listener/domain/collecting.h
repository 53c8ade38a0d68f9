// Decisions about an account's collection: connected or not, the start of a poll, a post of ours to
// track. Pure.
#pragma once

#include "carillon/listener/v1/internal.pb.h"
#include "carillon/listener/v1/listener.pb.h"
#include "common/ledger/decide.h"
#include "services/listener/domain/schedule.h"

namespace carillon::listener {

// The publisher's word on an account; an older version changes nothing. Connected: polled at once.
// Not connected: not polled.
Result<ledger::Decision> DecideAccountChanged(const v1::AccountChanged& changed,
                                              ledger::StateView& states, absl::Time now);

// A post of ours is out: tracked from now on. Replies from the inbox are conversation, not content,
// and are not tracked.
Result<ledger::Decision> DecidePostPublished(const v1::PostPublished& published,
                                             const common::v1::Envelope& envelope,
                                             ledger::StateView& states, absl::Time now);

// It was taken away: its last numbers stay, it is not asked for again.
Result<ledger::Decision> DecidePostDeleted(const v1::PostDeleted& deleted,
                                           ledger::StateView& states, absl::Time now);

// A poll is due, or the one under way is lost: numbered, marked as under way, and handed out as a
// PollJob.
Result<ledger::Decision> DecidePollDue(const std::string& collection_id, ledger::StateView& states,
                                       const DomainOptions& options, absl::Time now);

// When the Ledger has to look at the collection: the next poll, or the loss of the one under way;
// nothing if it is not connected.
std::optional<absl::Time> DueAt(const v1::Collection& collection, const DomainOptions& options);

}  // namespace carillon::listener
