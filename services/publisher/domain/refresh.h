// New access tokens for those that end. The account's owner alone asks for them, one at a time: REFRESHING (Account.refresh) is in the log
// before the first byte leaves, and the new version is in the log before it is used.
#pragma once

#include "carillon/publisher/v1/internal.pb.h"
#include "services/publisher/domain/turn.h"

namespace carillon::publisher {

// When the account's refresh has something to do. InfiniteFuture: never.
absl::Time RefreshDueAt(const v1::Account& account);

// A credential came, or its token was refreshed: plans the next refresh by Account.token_expires_at.
void PlanRefresh(v1::Account& account, const Rules& rules, absl::Time now);

// True if nothing may start now: a refresh is under way, or the token ends before an attempt would. Asks for a new one then, unless
// a try that failed waits for its time.
bool AwaitsToken(Turn& turn, v1::Account& account);

// The platform refused the present token. True if a new one is asked for; false if a person has to connect again.
bool RefreshAfterRefusal(Turn& turn, v1::Account& account);

Status OnRefreshDue(Turn& turn, v1::Account& account);
Status OnRefreshReport(Turn& turn, v1::Account& account, const v1::RefreshReport& report);

}  // namespace carillon::publisher
