// What an account's server accepts (AccountLimits) is read again each day by the account's owner, so that what a server changes takes effect
// without connecting again.
#pragma once

#include "carillon/publisher/v1/internal.pb.h"
#include "services/publisher/domain/turn.h"

namespace carillon::publisher {

// When they are read again. InfiniteFuture: never.
absl::Time LimitsDueAt(const v1::Account& account);
// They were read now.
void PlanLimits(v1::Account& account, const Rules& rules, absl::Time now);

Status OnLimitsDue(Turn& turn, v1::Account& account);
Status OnLimitsReport(Turn& turn, v1::Account& account, const v1::LimitsReport& report);

}  // namespace carillon::publisher
