// Brings what an effect found out back into the log: submits it to the shard until it is accepted or the shard is not ours any more
// (its new owner finds out by itself). Thread-safe; Report() never blocks.
#pragma once

#include <google/protobuf/message.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "common/base/clock.h"
#include "common/ledger/ledger.h"

namespace carillon::publisher {

class Reporter {
 public:
  using Body = std::shared_ptr<const google::protobuf::Message>;
  static constexpr size_t kPendingMax = 10'000;  // waiting for another try; beyond, the oldest is dropped

  explicit Reporter(const Clock& clock) : clock_(clock) {}
  ~Reporter() { Stop(); }

  // Before anything is reported. The Ledger must outlive Stop().
  void Start(ledger::Ledger& ledger, absl::Duration retry_pause = absl::Milliseconds(300));
  void Stop();

  void Report(const std::string& aggregate_id, Body body);
  // Told once: `done` hears what became of it, on any thread. Never blocks.
  void Tell(const std::string& aggregate_id, Body body, std::function<void(const Status&)> done);

 private:
  struct Pending {
    std::string aggregate_id;
    Body body;
  };
  void Submit(Pending pending);
  void Later(Pending pending);
  void RetryLoop();

  const Clock& clock_;
  ledger::Ledger* ledger_ = nullptr;
  absl::Duration retry_pause_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<absl::Duration, Pending> pending_;  // by boot time of the next try
  int in_flight_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace carillon::publisher
