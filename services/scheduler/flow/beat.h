// The heartbeat of the kill switches: once a second, the process that owns their shard writes a control record, so that publishers
// know that what they have read is fresh. One thread; Start after the Ledger, Stop before it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/base/clock.h"
#include "common/ledger/ledger.h"

namespace carillon::scheduler {

class ControlBeat {
 public:
  ControlBeat(ledger::Ledger& ledger, const Clock& clock) : ledger_(ledger), clock_(clock) {}
  ~ControlBeat() { Stop(); }

  void Start();
  void Stop();

 private:
  void Work();
  void BeatOnce();

  ledger::Ledger& ledger_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool open_ = false;  // a beat has no answer yet
  std::thread thread_;
};

}  // namespace carillon::scheduler
