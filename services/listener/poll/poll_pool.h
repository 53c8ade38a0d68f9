// Runs polls beside the shards: a bounded queue and a fixed number of tasks. Each task
// collects, hands the report to the Ledger and waits for its answer, so no more polls are open than
// there are tasks. A report whose outcome is unknown is handed in again (its poll number makes
// that harmless) until the poll counts as lost; then the Ledger starts another one.
//
// Run() is called on the Ledger's threads and never blocks; a full queue gives the poll back at
// once, to be put off.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/runtime.h"
#include "common/base/work_queue.h"
#include "common/ledger/ledger.h"
#include "services/listener/domain/poll_job.h"
#include "services/listener/poll/collect.h"

namespace carillon::listener {

struct PollOptions {
  int threads = 16;
  int queue_max = 4096;
};

class PollPool : public ledger::EffectRunner {
 public:
  // Everything outlives it.
  PollPool(const PollOptions& options, const platform::Registry& platforms, const Clock& clock,
           Runtime& runtime);
  ~PollPool() override;

  // Once, before the Ledger starts: the service is made with this runner, so its parts come later.
  // `is_streamed` tells whether a stream brings an account's signals to this process; null: never.
  void Bind(ledger::Ledger& ledger, ledger::Reader& reader, AccessSource& access,
            std::function<bool(const std::string& account_id)> is_streamed = nullptr);
  // Starts the tasks; Stop ends each after its current call to a platform, at most kCallTimeMax.
  void Start();
  void Stop();

  void Run(std::shared_ptr<const ledger::Effect> effect) override;

 private:
  using JobPtr = std::shared_ptr<const PollJob>;
  void Work(size_t worker);
  void DoPoll(const PollJob& job);
  Status HandIn(const PollJob& job, std::shared_ptr<const v1::PollReport> report);
  // The Ledger's answer; DEADLINE_EXCEEDED if there is none in time, or at the stop.
  Status Ask(ledger::Input input, absl::Time deadline);
  void Pause(absl::Duration time);

  const PollOptions options_;
  const platform::Registry& platforms_;
  const Clock& clock_;
  Runtime& runtime_;
  ledger::Ledger* ledger_ = nullptr;
  std::function<bool(const std::string&)> is_streamed_;
  std::unique_ptr<PollCollector> collector_;
  WorkQueue<JobPtr> queue_;
  std::atomic<bool> stopping_{false};
  std::vector<std::unique_ptr<Task>> tasks_;
};

}  // namespace carillon::listener
