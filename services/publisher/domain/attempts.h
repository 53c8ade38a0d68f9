// The record of a delivery's attempts, and what the account remembers of them. Pure edits of the two aggregates.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/publisher/domain/turn.h"

namespace carillon::publisher {

// How an attempt stands; stored as text.
namespace outcome {
inline constexpr char kRunning[] = "";
inline constexpr char kPublished[] = "PUBLISHED";
inline constexpr char kRefused[] = "REFUSED";
inline constexpr char kNotSent[] = "NOT_SENT";
inline constexpr char kUnknown[] = "UNKNOWN";
inline constexpr char kLost[] = "LOST";  // no report came in time
inline constexpr char kFound[] = "LOOKUP_FOUND";
inline constexpr char kAbsent[] = "LOOKUP_ABSENT";
inline constexpr char kResolved[] = "RESOLVED";  // by a person
inline constexpr char kRestored[] = "RESTORED";  // stands for all that the log may have lost: restored.h
}  // namespace outcome

v1::Attempt* FindAttempt(v1::Delivery& delivery, int number);
// The one that runs or ran last; CHECKed to be there.
v1::Attempt& LatestAttempt(v1::Delivery& delivery);
v1::Attempt& AddAttempt(v1::Delivery& delivery, absl::Time now, absl::Time send_before, int kept_max);
void EndAttempt(v1::Attempt& attempt, const char* how, absl::Time at, std::string_view reason = {},
                std::string_view error = {});

// Nothing of this attempt can be out there any more.
void ClearDoubt(v1::Delivery& delivery, const v1::Attempt& attempt);

// Until when it may be sent.
absl::Time ExpiresAt(const v1::Delivery& delivery);

// Between `least` and `most`, a quarter of the time that it has waited so far, spread by its id so that not all ask at once.
absl::Duration WaitFor(const v1::Delivery& delivery, absl::Time now, absl::Duration least,
                       absl::Duration most);

// The platform's idempotency still covers one more attempt that starts now.
bool KeyHolds(const v1::Account& account, const v1::Delivery& delivery, absl::Time now,
              const Rules& rules);

// Keeps account.open in step with the delivery's state.
void TrackDoubt(v1::Account& account, const v1::Delivery& delivery);
// Puts it among those who wait for the account's turn, by the end of its time; what follows a post goes before all others. False: it
// waits already, or `waiting_max` others go before it; the last one may have given way to it.
bool AddWaiting(v1::Account& account, const v1::Delivery& delivery, int waiting_max);
bool IsWaiting(const v1::Account& account, std::string_view delivery_id);
void StopWaiting(v1::Account& account, std::string_view delivery_id);
// A published one, for the look-ups of others.
void RememberPost(v1::Account& account, const v1::Delivery& delivery, absl::Time at);
void ForgetOldPosts(v1::Account& account, absl::Time now, const Rules& rules);
// Another delivery of the account has published it: a look-up of this one may not claim it.
bool IsAnothers(const v1::Account& account, const v1::Delivery& delivery, std::string_view remote_id);
// What a look-up of this delivery has to leave out.
std::vector<std::string> PostsOfOthers(const v1::Account& account, const v1::Delivery& delivery);

}  // namespace carillon::publisher
