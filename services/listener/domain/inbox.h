// Decisions about inbox items: a reply is ordered from the publisher, sent again until it is
// answered, and ends as its outcomes say; an item is closed. Pure.
#pragma once

#include "carillon/listener/v1/listener_api.pb.h"
#include "common/ledger/decide.h"

namespace carillon::listener {

constexpr int kRepliesMax = 40;
// Of one reply: an item with all of its replies stays under the 256 KB of an aggregate.
constexpr size_t kReplyBytesMax = 4096;
// A reply that has not gone out by then never does: what is said too late is worse than an open
// item.
constexpr absl::Duration kReplyNotAfter = absl::Minutes(10);

// `by` approves the reply by asking for it. Refusals: UNKNOWN_INBOX_ITEM, EMPTY_TEXT,
// TEXT_TOO_LONG, REPLY_UNDER_WAY, TOO_MANY_REPLIES, ACCOUNT_NOT_CONNECTED.
Result<ledger::Decision> DecideReply(const v1::ReplyRequest& request,
                                     const common::v1::Envelope& envelope,
                                     ledger::StateView& states, absl::Time now);

// What the publisher says of a reply; an older word never replaces a newer one.
Result<ledger::Decision> DecideOutcome(const std::string& item_id,
                                       const publisher::v1::DeliveryOutcome& outcome,
                                       ledger::StateView& states, absl::Time now);

// Orders that were not answered in time are sent again, under the same id.
Result<ledger::Decision> DecideResendDue(const std::string& item_id, ledger::StateView& states,
                                         absl::Time now);

// Refusals: UNKNOWN_INBOX_ITEM, REPLY_UNDER_WAY.
Result<ledger::Decision> DecideClose(const v1::CloseInboxItemRequest& request,
                                     ledger::StateView& states);

// When the Ledger has to look at the item: the earliest order to send again.
std::optional<absl::Time> DueAt(const v1::InboxItem& item);

}  // namespace carillon::listener
