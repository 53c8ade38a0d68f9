// What is done to a post that is out there: it is taken away from its platforms, or edited to say what the post says now. The publisher does it,
// as deliveries of their own; here stands what is wished, what is ordered, and what became of it. Pure.
#pragma once

#include <absl/time/time.h>

#include <string_view>
#include <vector>

#include "carillon/scheduler/v1/post.pb.h"
#include "common/base/status.h"
#include "common/ledger/decide.h"

namespace carillon::scheduler {

// An order that is older is not carried out any more.
constexpr absl::Duration kActionNotAfter = absl::Hours(24);

// Takes what is published away, on one account or ("") on all; what is still to follow it is withdrawn. Asked again, what did not come off is
// tried again. NOT_PUBLISHED if nothing is.
Status Delete(std::string_view account_id, std::string_view actor, absl::Time now, v1::Post* post,
              std::vector<ledger::OutMessage>* messages);

// New content for a post that is published; approved, it is an edit of each published target. EDIT_TOO_MUCH: only text, link and language of the
// post itself can be other ones.
Status EditPublished(const publisher::v1::Content& content, v1::Post* post);
// An approval that is given again asks for the edits that did not come off once more.
void AskForEditsAgain(v1::Post* post);

// Orders what is wished: of one target the newest part first, one after another. Part of every decision.
void OrderActions(absl::Time now, v1::Post* post, std::vector<ledger::OutMessage>* messages);
// The same orders once more, because no answer came. An edit only while the post still says what it was approved with; if it does not, the order
// counts as EXPIRED when its time is over.
void SendActionsAgain(absl::Time now, v1::Post* post, std::vector<ledger::OutMessage>* messages);
// It was ordered, and the answer is still to come.
bool AwaitsAction(const v1::Target& target);

// The publisher's answer to one of these orders. False: nothing new.
bool TakeActionOutcome(const publisher::v1::DeliveryOutcome& outcome, v1::Post* post);

}  // namespace carillon::scheduler
