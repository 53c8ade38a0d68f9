// How many accounts use each app's limits: counted in the index of all shards, every 15 s, for the apps that were asked for in the last hour.
// One that was not counted yet has one account: what its headers say corrects that.
// Thread-safe; Accounts() never blocks, the thread does, on Redis.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "common/base/clock.h"
#include "common/ledger/reader.h"

namespace carillon::publisher {

class AppShares {
 public:
  static constexpr size_t kAppsMax = 10'000;  // beyond, an app counts as having one account

  // Both outlive it.
  AppShares(ledger::Reader& reader, const Clock& clock) : reader_(reader), clock_(clock) {}
  ~AppShares() { Stop(); }

  void Start();
  void Stop();

  // At least 1.
  int Accounts(const std::string& app) const;
  // Counts all of them now; the thread's work.
  void CountAll();

 private:
  struct Entry {
    int accounts = 1;
    absl::Duration asked_at;  // by boot time
  };

  ledger::Reader& reader_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  mutable std::condition_variable wake_;
  mutable std::map<std::string, Entry> apps_;
  mutable bool fresh_ = false;  // one was asked for that was not counted yet
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace carillon::publisher
