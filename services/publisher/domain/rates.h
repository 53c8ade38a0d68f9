// The platform's limits in the account's aggregate: of each one how much is used, and until when that counts. A window begins with the
// first request that counts against it and lasts as long as the fact says from its answer on; what the platform's headers say corrects its end,
// what is used and the whole, both ways. Pure edits of the account.
//
// Of an app's limit each account that uses it has an equal share, and what the platform says is left of it is shared anew: what
// idle accounts leave goes to those who send.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "carillon/publisher/v1/internal.pb.h"
#include "carillon/publisher/v1/publisher.pb.h"
#include "services/publisher/domain/rules.h"

namespace carillon::publisher {

// Whose app's limits the account uses, as a hash. Tokens that an organization gave directly are taken to be of one app at each server.
std::string AppKey(const v1::Account& account);
// It has used its app's limits lately.
bool UsesAppLimits(const v1::Account& account);

struct RateState {
  int64_t limit = 0;  // of an app's: this account's share
  int64_t used = 0;
  absl::Time ends_at = absl::InfinitePast();  // of what is used; InfinitePast: nothing is
};
// `app_accounts`: how many accounts use the app's limits, at least 1.
RateState StateOf(const v1::Account& account, const RateCost& cost, absl::Time now, int app_accounts);

// The limit that has no room for one more until then; of several the one that has none for longest. Nothing: all have room. One alone always
// has room, whatever it costs.
struct RateHold {
  const RateCost* cost = nullptr;
  absl::Time until;
};
std::optional<RateHold> HoldOf(const v1::Account& account, const std::vector<RateCost>& costs, absl::Time now, int app_accounts);

// An attempt that begins at `at` is counted.
void Charge(v1::Account& account, const std::vector<RateCost>& costs, absl::Time at);
// That attempt was not sent.
void Uncharge(v1::Account& account, const std::vector<RateCost>& costs, absl::Time at);

// The request of the attempt that began at `at` arrived by `by` at the latest. A window that it began lasts from then: the platform's may have
// begun as late. True: one was moved.
bool Answered(v1::Account& account, const std::vector<RateCost>& costs, absl::Time at, absl::Time by);

// What the headers of the answer to the attempt that began at `at` say. Those that come after a later attempt began do not know of it, and
// can only take away.
void Correct(v1::Account& account, const std::vector<RateCost>& costs, const v1::PublishReport& report, absl::Time at, absl::Time now,
             int app_accounts);

// Windows that ended long ago go.
void ForgetOldWindows(v1::Account& account, absl::Time now);
// It was connected by another app, which has limits of its own.
void ForgetAppWindows(v1::Account& account);

}  // namespace carillon::publisher
