// When a delivery may go out, and what happens when it can't.
#pragma once

#include <string_view>

#include "services/publisher/domain/turn.h"

namespace carillon::publisher {

// What a QUEUED one waits for while its media are uploaded.
inline constexpr char kAwaitsMedia[] = "MEDIA";

// Starts it (SENDING) if everything allows that; else it stays QUEUED with its next moment, or ends (EXPIRED, HELD, FAILED).
// The delivery is QUEUED or new. Marks what it changed.
Status TryStart(Turn& turn, v1::Delivery& delivery);

// Sends it again under the same key although nothing is known of the earlier attempt; for platforms whose idempotency holds.
// False, and nothing changed, if it may not go out right now.
Result<bool> TryRepeat(Turn& turn, v1::Delivery& delivery);

// Back to QUEUED until `at`; at once if that is past.
Status Requeue(Turn& turn, v1::Delivery& delivery, absl::Time at, const char* why);

// Why this one can't be in doubt now, beside what is in doubt of the account already; nullptr if it can.
Result<const char*> InDoubtBeside(Turn& turn, v1::Account& account, const v1::Delivery& delivery);

// Those of the account that wait for their turn are tried in their order until one is SENDING, or held by what holds them all. For when nothing of
// it is SENDING any more, or a sender is free for it.
Status StartNext(Turn& turn, v1::Account& account);

// Ends. PUBLISHED; of an action, DONE.
Status EndPublished(Turn& turn, v1::Delivery& delivery, const std::string& remote_id,
                    const std::string& remote_url, absl::Time at);
// It was not sent, and is not going to be: `state`; UNCONFIRMED if an earlier attempt is still in doubt.
Status EndUnsent(Turn& turn, v1::Delivery& delivery, v1::DeliveryState state,
                 std::string_view reason, std::string_view error);
Status EndUnconfirmed(Turn& turn, v1::Delivery& delivery, std::string_view reason,
                      std::string_view error);

}  // namespace carillon::publisher
