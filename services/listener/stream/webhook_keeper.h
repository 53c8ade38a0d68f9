// Keeps the webhooks of apps registered at their platforms, and accounts subscribed to them, so that what happens to an account is pushed
// (services/gateway takes it). Done for an organization whose app has a token of its own and the secret that webhooks are signed with; others
// are left alone. Nothing rests on it: what is not pushed is polled.
//
// The owner of the shard of "platform|organization" does it for the accounts of all owners. It looks when accounts appear or go, when the app
// changes, and else daily; all that it does is absolute, so that two at the same moment change nothing. One thread; calls of the platforms block it
// for a bounded time each. A subscription is taken back where its account is no longer connected here.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/runtime.h"
#include "common/ledger/ledger.h"
#include "common/ledger/reader.h"
#include "common/platform/registry.h"
#include "services/listener/ports.h"

namespace carillon::listener {

struct WebhookOptions {
  std::string public_url;  // the gateway's; empty, or none that a platform reaches: nothing is registered
  bool allow_private_addresses = false;  // for platforms on this machine
  absl::Duration scan_interval = absl::Minutes(1);  // how soon a new account or app is seen
  absl::Duration check_interval = absl::Hours(24);
  absl::Duration backoff_min = absl::Minutes(1);
  absl::Duration backoff_max = absl::Hours(6);
  absl::Duration backoff_refused = absl::Minutes(15);  // at least, where a platform says that it is too often: X counts by so much
  absl::Duration call_time_max = absl::Seconds(15);    // a challenge is within it
  absl::Duration visit_time_max = absl::Seconds(30);   // of one app in one scan; the rest is done in the next one
  int failures_max = 20;                               // accounts that a platform refuses in one visit, before the rest waits too
};

class WebhookKeeper {
 public:
  // Everything outlives it.
  WebhookKeeper(const WebhookOptions& options, const platform::Registry& platforms, const Clock& clock, Runtime& runtime);
  ~WebhookKeeper();

  // Once, before Start().
  void Bind(ledger::Ledger& ledger, ledger::Reader& reader, AccessSource& access, AppSource& apps);
  void Start();
  void Stop();

  // One look at all that is due; by the keeper's thread, or a test's. An error: the accounts are not known now.
  Status Scan();

 private:
  // What the ledger has now, of one app.
  struct Wish {
    platform::Webhook* webhook = nullptr;
    std::string org_id;
    std::set<std::string> accounts;  // connected ones
  };
  // Of one app's webhook; times are boot times.
  struct Link {
    std::string app_id;
    std::set<std::string> accounts;  // as they were wished when it was looked at last
    absl::Duration next_at, blocked_until;
    int failures = 0;  // looks in a row
    int subscribed = 0, failed = 0;
    bool is_invalid = false;
  };
  struct Visit;

  void Keep();
  Status ReadWishes(std::map<std::string, Wish>& wishes);
  void Look(const std::string& key, const Wish& wish, Link& link);
  Status Reconcile(Visit& visit);
  Status Subscribe(Visit& visit, const std::string& account_id);
  static void CountFailed(Visit& visit, const std::string& account, const Status& why);
  bool IsOver(const Visit& visit) const;
  absl::Duration Spread(absl::Duration wait);  // by a quarter, up or down
  absl::Duration WaitAfter(const Link& link);
  void ShowMetrics() const;

  const WebhookOptions options_;
  const platform::Registry& platforms_;
  const Clock& clock_;
  Runtime& runtime_;
  ledger::Ledger* ledger_ = nullptr;
  ledger::Reader* reader_ = nullptr;
  AccessSource* access_ = nullptr;
  AppSource* apps_ = nullptr;

  std::atomic<bool> stopping_{false};
  const std::unique_ptr<Wakeup> wake_;
  std::minstd_rand random_;            // of the keeper's thread
  std::map<std::string, Link> links_;  // of the keeper's thread
  std::unique_ptr<Task> keeper_;
};

}  // namespace carillon::listener
