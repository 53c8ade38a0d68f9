// Kafka was put back from an older copy: what may have been sent in the time that the log lost is looked up before it is sent.
#pragma once

#include "services/publisher/domain/turn.h"

namespace carillon::publisher {

// It was due in the time that the log has lost, and nobody has asked the platform for it since. Also for one without an end only.
bool MayHaveBeenSent(const Turn& turn, const v1::Delivery& delivery);

// Goes on as after an attempt whose answer was lost: CHECKING, or UNCONFIRMED where nobody can be asked. One that must wait for its
// turn (another of the account is in doubt with the same text, or too many are) stays QUEUED, for a while.
Status LookForLost(Turn& turn, v1::Delivery& delivery);

}  // namespace carillon::publisher
