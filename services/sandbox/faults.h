// Faults on demand, as the admin API sets them. Thread-safe.
//
// A fault fires `count` times (-1: always), for one account or all, at each `every`-th occasion. What an occasion is depends on
// the kind: see kinds below. Each firing is counted, with the post that it hid, delayed or doubled.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace carillon::sandbox {

// Before all others: refuse (422, for good), withhold (every second one accepted, none answered; from then on the account's
// timelines and statuses answer it 503, also after Clear(): neither answer nor look-up can ever settle it).
// Before a post is decided: rate_limit (429), unauthorized (401), error_before (503), slow (accepted after delay_ms),
// accept_late (held, and accepted only after delay_ms; with `close` the connection is closed at once).
// After it was accepted: drop_after_accept (closed without a byte), close_reused (the same, from the second request of a
// connection on), error_after (503), ignore_idempotency_key (no replay is recognised).
// At reads of timelines and statuses: lookup_down (503).
struct Fault {
  std::string kind;
  int64_t count = 1;
  std::string account;  // a username; "" is all
  std::string text;     // only posts whose text has this in it; "" is all
  int64_t every = 1;
  absl::Duration reset = absl::Seconds(60);
  absl::Duration delay = absl::Seconds(1);
  bool close = false;
  int64_t occasions = 0;
};

class Faults {
 public:
  // INVALID_ARGUMENT for an unknown kind or a bad number. The newest fault of a kind and account is asked first.
  Status Add(Fault fault);
  void Clear();

  // The fault of this kind that fires now, if one does; it is counted.
  std::optional<Fault> Take(std::string_view kind, std::string_view account,
                            std::string_view text = {});
  void RecordPost(std::string_view kind, int64_t post);
  // What was refused or withheld, by idempotency key: a repeat counts once. False: it is known already, or there is no room.
  bool RecordKey(std::string_view kind, const std::string& key);
  void Silence(const std::string& account);
  bool IsSilent(const std::string& account) const;

  // {"active":[...],"hits":{"drop_after_accept":{"hits":2,"posts":["1","2"],"keys":[]}}}
  nlohmann::json Report() const;

 private:
  struct Hits {
    int64_t count = 0;
    std::vector<int64_t> posts;
    std::set<std::string> keys;
  };
  mutable std::mutex mutex_;
  std::vector<Fault> active_;
  std::map<std::string, Hits, std::less<>> hits_;
  std::set<std::string> silent_;
};

}  // namespace carillon::sandbox
