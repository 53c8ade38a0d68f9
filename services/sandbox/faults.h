// Faults on demand, as the admin API sets them. Thread-safe.
//
// A fault fires `count` times (-1: always), for one platform and account or all, at each `every`-th occasion. What an occasion is
// depends on the kind: see kinds below. Each firing is counted, with the post that it hid, delayed or doubled.
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

// Before all others: refuse (for good), withhold (every second one accepted, none answered; from then on the account's timelines
// and posts answer it 503, also after Clear(): neither answer nor look-up can ever settle it).
// Before a post is decided: rate_limit (429), unauthorized (401), error_before (503), slow (accepted after delay_ms),
// accept_late (held, and accepted only after delay_ms; with `close` the connection is closed at once).
// After it was accepted: drop_after_accept (closed without a byte), close_reused (the same, from the second request of a
// connection on), error_after (503), ignore_idempotency_key (no replay is recognised).
// At reads of timelines and posts: lookup_down (503).
// At each text of a stream: stream_drop (the connection breaks off within it), stream_silence (nothing comes any more, no pong either),
// stream_duplicate (it comes twice), stream_late (it and what follows waits for delay_ms).
struct Fault {
  std::string kind;
  int64_t count = 1;
  std::string platform;          // "" is all
  std::string account;           // a username; "" is all
  std::string text;              // only posts whose text has this in it; "" is all
  std::string step = "publish";  // or "upload": of a file, before the post; "act": a deletion, a like, ...; "message": a direct one
  std::string error;             // which of the platform's errors `unauthorized` answers; "" is its usual one
  int64_t every = 1;
  absl::Duration reset = absl::Seconds(60);
  absl::Duration delay = absl::Seconds(1);
  bool close = false;
  int64_t occasions = 0;
};

struct Occasion {
  std::string_view platform, account;
  std::string_view text = {};
  std::string_view step = "publish";
};

class Faults {
 public:
  // INVALID_ARGUMENT for an unknown kind or step or a bad number. The newest fault of a kind and account is asked first.
  Status Add(Fault fault);
  void Clear();

  // The fault of this kind that fires now, if one does; it is counted.
  std::optional<Fault> Take(std::string_view kind, const Occasion& occasion);
  void RecordPost(std::string_view kind, const std::string& post);
  // What was refused or withheld, by idempotency key: a repeat counts once. False: it is known already, or there is no room.
  bool RecordKey(std::string_view kind, const std::string& key);
  void Silence(std::string_view platform, std::string_view account);
  // A read by `account` is to be answered 503: it is silenced, or lookup_down fires.
  bool HidesReads(std::string_view platform, std::string_view account);

  // {"active":[...],"hits":{"drop_after_accept":{"hits":2,"posts":["1","2"],"keys":[]}}}
  nlohmann::json Report() const;

 private:
  struct Hits {
    int64_t count = 0;
    std::vector<std::string> posts;
    std::set<std::string> keys;
  };
  mutable std::mutex mutex_;
  std::vector<Fault> active_;
  std::map<std::string, Hits, std::less<>> hits_;
  std::set<std::string> silent_;  // "platform account"
};

}  // namespace carillon::sandbox
