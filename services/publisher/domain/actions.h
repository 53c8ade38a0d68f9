// What is done to posts that are out there: deleted, edited, liked, reposted, hidden, and taken back; and to the account's own profile
// (profile.h). An action is a delivery like any other: the same log, gates, attempts and answers. What differs is a lost answer.
//
// The effect is absolute: once it is done, once more changes nothing, and the platform's answer to the repeat is the answer to both. So an
// unanswered request is repeated, without a look-up, for as long as it is the latest wish about that post and kind (Subject).
// Where an edit gives the post another id (X), later wishes are about that one; the outcome and the listener are told.
// A newer wish ends an older one that is not under way. What could still take effect behind the newer one's back is an unanswered
// request of the older: the newer one waits until `settle` after its last moment of sending, as "absent" does in look-ups.
#pragma once

#include <absl/time/time.h>

#include "carillon/publisher/v1/internal.pb.h"
#include "services/publisher/domain/turn.h"

namespace carillon::publisher {

// Takes a new one (QUEUED, with its dispatch). FAILED with BAD_DISPATCH if it names no post; CANCELLED with SUPERSEDED if a later wish is
// known.
Status OnActionDispatch(Turn& turn, v1::Delivery& delivery);

// Not before this, for the sake of what is unanswered of others about the same post.
Result<absl::Time> ActionNotBefore(Turn& turn, const v1::Delivery& delivery);

// True, and it has ended, if a later wish takes its place: asked whenever it would wait or be sent.
Result<bool> GiveWay(Turn& turn, v1::Delivery& delivery);

// The platform has not answered, or nobody reported in time: again, or given up for a later wish.
Status RepeatAction(Turn& turn, v1::Delivery& delivery);

// As OnReport().
Status OnActionReport(Turn& turn, v1::Delivery& delivery, const v1::PublishReport& report);

// Kafka was put back from an older copy. What is to be gone is deleted (again); of all else a later wish may be lost, so a person decides.
Status RestoreAction(Turn& turn, v1::Delivery& delivery);

// It has ended: what is unanswered of it holds later wishes up.
Status SettleSubject(Turn& turn, const v1::Delivery& delivery);

// Without what later wishes are about.
Result<v1::Delivery> AsItIsSent(Turn& turn, const v1::Delivery& delivery);

}  // namespace carillon::publisher
