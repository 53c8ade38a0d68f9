// What has to be true outside the log for a send to start. The domain asks once all that the log knows allows the send.
#pragma once

#include <absl/time/time.h>

#include <string>

namespace carillon::publisher {

struct Gates {
  bool control_fresh = false;   // the newest heartbeat of the kill switches is under 3 s old
  bool kill_switch = true;      // one is on for the organization or the brand
  bool clock_ok = false;        // this machine's clock is within 2 s of the log's
  bool has_credential = false;  // the account's token can be opened here
  bool has_slot = false;        // a sender is free and kept for the account for a moment; else it is told when one is (SlotFreed)
};

struct GateQuestion {
  std::string account_id;
  std::string org_id;
  std::string brand_id;
  std::string server;  // "https://mastodon.example"
  uint32_t credential_version = 0;
  absl::Time now;
};

// Thread-safe, never blocks. Called on the shards' threads.
class GatesProvider {
 public:
  virtual ~GatesProvider() = default;
  virtual Gates For(const GateQuestion& question) const = 0;
  // How many accounts use the limits of an app (AppKey of rates.h), as far as this process knows; at least 1.
  virtual int AppAccounts(const std::string& /*app*/) const { return 1; }
};

}  // namespace carillon::publisher
