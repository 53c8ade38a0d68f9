// What follows a post on the same account: the parts of its thread, each an answer to the one before, and then its first comment. Each
// part is a delivery of its own, made when the one before it is PUBLISHED, in the same decision: attempts, look-ups and doubt are as for
// every delivery. A part that ends otherwise ends the thread.
#pragma once

#include <string>
#include <string_view>

#include "services/publisher/domain/turn.h"

namespace carillon::publisher {

// The same part of the same thread is the same delivery.
std::string PartId(const std::string& thread_id, int part, const std::string& account_id);

// Adds the next part as the first of the account's queue, if there is one and it was not added before.
Status AddNextPart(Turn& turn, v1::Delivery& published);

// Takes back what follows and has not left yet: what is out, or may be, stays, and nothing follows it.
Status CancelNextParts(Turn& turn, v1::Delivery& delivery, std::string_view reason);

// The content of the part that comes next, with all that follows it; false if nothing does.
bool NextPart(const v1::Dispatch& dispatch, v1::Content* next);

}  // namespace carillon::publisher
