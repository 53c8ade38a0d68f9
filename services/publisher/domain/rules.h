// The numbers of publishing. Validated once in config.cc; the domain only reads them. All durations are of wall time.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "carillon/publisher/v1/publisher.pb.h"

namespace carillon::publisher {

// One limit of the account's platform that a delivery counts against, by the platform's facts.
struct RateCost {
  std::string name;  // "post"
  int64_t limit = 0;
  absl::Duration window;
  bool of_app = false;  // shared by the accounts of an app
  int64_t cost = 1;     // of this delivery, in the limit's units
};

struct Rules {
  // send_before of an attempt: so long after SENDING was decided the first byte has left, or never leaves.
  absl::Duration send_budget = absl::Seconds(20);
  // And so much more for each picture of a profile, which goes up in the attempt itself.
  absl::Duration picture_budget = absl::Minutes(1);
  // A run of an upload that nothing is heard of for so long is given up.
  absl::Duration upload_lease = absl::Seconds(30);
  // What a handle of an upload has to live beyond send_before.
  absl::Duration handle_margin = absl::Minutes(1);
  // Nobody judges a target earlier than send_before and this.
  absl::Duration judge_margin = absl::Seconds(5);
  // "Absent" in a listing counts as proven when it was asked so long after send_before: a server may accept late.
  absl::Duration settle = absl::Seconds(30);
  // The same where the platform's idempotency holds: the attempt may then be repeated under the same key.
  absl::Duration settle_idempotent = absl::Seconds(10);
  absl::Duration lookup_timeout = absl::Seconds(10);
  // After so many look-ups that were answered without a clear word a person decides, ...
  int lookups_max = 6;
  // ... or where nobody answers, so long after send_before; until then it is asked at least this often.
  absl::Duration lookup_window = absl::Hours(6);
  absl::Duration lookup_pause_max = absl::Minutes(10);
  // How long one's own posts are remembered for look-ups to come; longer than any connector's margin for clocks. A delivery that is in doubt
  // by then keeps those that look like it.
  absl::Duration recent_kept = absl::Minutes(6);
  int recent_max = 300;
  int open_max = 50;
  // Those beyond it look again by themselves, up to 40 s later: a burst of an account goes on at `waiting_max` in that time at least.
  int waiting_max = 64;
  int attempts_kept = 10;
  // Refusals for the moment (not rate limits) until FAILED.
  int refusals_max = 20;
  absl::Duration retry_first = absl::Seconds(1);
  absl::Duration retry_max = absl::Minutes(1);
  // A 429 without a time.
  absl::Duration rate_limit_default = absl::Minutes(1);
  // A new access token is asked for so long before the old one ends, but not before half of its life is over.
  absl::Duration refresh_ahead = absl::Minutes(10);
  // send_before of that.
  absl::Duration refresh_budget = absl::Seconds(20);
  // A token that is refused although it is younger than this was not refused for its age.
  absl::Duration token_age_min = absl::Minutes(1);
  // How long "try again", said by a person, holds.
  absl::Duration retry_window = absl::Minutes(15);
  // How long a change of a profile may wait for its turn.
  absl::Duration profile_window = absl::Hours(6);
  // How long the next part of a thread may wait for its turn; then it is HELD.
  absl::Duration thread_window = absl::Hours(6);
  // Own spacing of one account's posts (GCRA): one each `spacing`, `burst` of them at once. Mastodon allows 300 in 5 minutes.
  absl::Duration spacing = absl::Seconds(1);
  int burst = 30;
  // What the account's platform charges for publishing it; by default nothing.
  std::function<std::optional<common::v1::Money>(const v1::Account&, const v1::Content&)> price_of;
  // The limits that sending it counts against; by default none: only what the platform answers holds.
  std::function<std::vector<RateCost>(const v1::Account&, const v1::Dispatch&)> rates_of;
  // What the server accepts is read again so long after it was read.
  absl::Duration limits_age = absl::Hours(24);
};

}  // namespace carillon::publisher
