// How fast an account sends: our own spacing (GCRA), what the platform answered, and its limits. Pure, and the same for a send and for a
// forecast.
#pragma once

#include <vector>

#include "services/publisher/domain/rates.h"
#include "services/publisher/domain/turn.h"

namespace carillon::publisher {

struct Pace {
  const char* why = nullptr;  // nullptr: nothing holds
  absl::Time until;
  const RateCost* limit = nullptr;  // with RATE_LIMIT: which one
};
Pace PaceOf(const v1::Account& account, const std::vector<RateCost>& costs, const Rules& rules, absl::Time now, int app_accounts);
// One more begins to be sent.
void CountSend(v1::Account& account, const std::vector<RateCost>& costs, const Rules& rules, absl::Time now);

// The limits that a delivery of the account counts against; none where only what the platform answers holds.
std::vector<RateCost> CostsOf(const Turn& turn, const v1::Account& account, const v1::Dispatch& dispatch);
// How many accounts share the app's limits, where one of `costs` is an app's.
int AppAccountsFor(const Turn& turn, const v1::Account& account, const std::vector<RateCost>& costs);

// What the report of an attempt says of the account: how much is left of its limits, and the error. `attempt`: null if it is not kept any more.
Status NoteReport(Turn& turn, const v1::Delivery& delivery, const v1::Attempt* attempt, const v1::PublishReport& report);

// When the last of `posts` that begin to be sent from `now` on goes out, each like the one that `costs` are of, and what holds them up
// longest. Not counted: how long the platform takes for each.
struct Forecast {
  absl::Time ends_at;
  const char* held_by = nullptr;  // nullptr: nothing
  const RateCost* limit = nullptr;
};
Forecast ForecastOf(v1::Account account, const std::vector<RateCost>& costs, int posts, const Rules& rules, absl::Time now,
                    int app_accounts);

}  // namespace carillon::publisher
