// Decisions about what is done to inbox items: a like, a repost, a hiding, each taken back by its opposite. The order goes to the publisher as a
// reply's does. The latest wish of a kind counts, and only that one is kept and sent again. Pure.
#pragma once

#include <optional>

#include "carillon/listener/v1/listener_api.pb.h"
#include "common/ledger/decide.h"
#include "services/listener/domain/change_set.h"

namespace carillon::listener {

// An order that has not been carried out by then never is: X counts in windows of 15 minutes.
constexpr absl::Duration kActionNotAfter = absl::Hours(1);

// Refusals: UNKNOWN_INBOX_ITEM, BAD_ACTION, ACCOUNT_NOT_CONNECTED.
Result<ledger::Decision> DecideAct(const v1::ActOnInboxItemRequest& request,
                                   const common::v1::Envelope& envelope,
                                   ledger::StateView& states, absl::Time now);

// What the publisher says of an action; an older word never replaces a newer one, and one of a wish that was replaced changes nothing.
Result<ledger::Decision> DecideActionOutcome(const std::string& item_id,
                                             const publisher::v1::DeliveryOutcome& outcome,
                                             ledger::StateView& states, absl::Time now);

// Sends the orders again that were not answered in time.
void SendActionsAgain(ChangeSet& changes, v1::InboxItem& item, const std::string& zone, absl::Time now);

// The earliest order to send again.
std::optional<absl::Time> ActionDueAt(const v1::InboxItem& item);

}  // namespace carillon::listener
