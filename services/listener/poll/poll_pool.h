// Runs polls beside the shards: a bounded queue and a fixed number of threads. Each thread
// collects, hands the report to the Ledger and waits for its answer, so no more polls are open than
// there are threads. A report whose outcome is unknown is handed in again (its poll number makes
// that harmless) until the poll counts as lost; then the Ledger starts another one.
//
// Run() is called on the Ledger's threads and never blocks; a full queue gives the poll back at
// once, to be put off.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/bounded_queue.h"
#include "common/base/clock.h"
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
  PollPool(const PollOptions& options, const CollectorRegistry& collectors, const Clock& clock);
  ~PollPool() override;

  // Once, before the Ledger starts: the service is made with this runner, so its parts come later.
  void Bind(ledger::Ledger& ledger, ledger::Reader& reader, AccessSource& access);
  // Starts the threads; Stop ends each after its current call to a platform, at most kCallTimeMax.
  void Start();
  void Stop();

  void Run(std::shared_ptr<const ledger::Effect> effect) override;

 private:
  using JobPtr = std::shared_ptr<const PollJob>;
  void Work();
  void DoPoll(const PollJob& job);
  Status HandIn(const PollJob& job, std::shared_ptr<const v1::PollReport> report);

  const PollOptions options_;
  const CollectorRegistry& collectors_;
  const Clock& clock_;
  ledger::Ledger* ledger_ = nullptr;
  std::unique_ptr<PollCollector> collector_;
  BoundedQueue<JobPtr> queue_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

}  // namespace carillon::listener
