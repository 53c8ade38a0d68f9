// The scheduler's own metrics: what became of targets, how late, and how old the oldest due entry is. Labels are states, never ids.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/base/clock.h"
#include "common/ledger/decide.h"
#include "common/ledger/reader.h"

namespace carillon::scheduler {

// Counts what the domain decided, after it was committed. Thread-safe, never blocks.
class PostMetrics : public ledger::EffectRunner {
 public:
  void Run(std::shared_ptr<const ledger::Effect> effect) override;
};

// Sets the gauges of the due index every five seconds, on a thread of its own.
class DueGauge {
 public:
  DueGauge(ledger::Reader& reader, const Clock& clock) : reader_(reader), clock_(clock) {}
  ~DueGauge() { Stop(); }
  void Start();
  void Stop();
  // One look; for tests and the thread.
  void Look();

 private:
  ledger::Reader& reader_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace carillon::scheduler
