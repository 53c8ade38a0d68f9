// The listener's own metrics. Thread-safe; labels are platform-independent kinds, never ids.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "carillon/listener/v1/internal.pb.h"
#include "common/base/clock.h"
#include "common/ledger/reader.h"

namespace carillon::listener {

// What a committed report brought: polls, failures, signals by kind, samples.
void CountReport(const v1::PollReport& report);
prometheus::Counter& PollsPutOff();
prometheus::Counter& PollsLost();
// Seconds from when a poll was due until it started.
prometheus::Histogram& CollectorLag();

// Sets the gauge of the oldest poll (seconds since the last good poll of the account that waits
// longest) every five seconds.
class PollAgeGauge {
 public:
  PollAgeGauge(ledger::Reader& reader, const Clock& clock) : reader_(reader), clock_(clock) {}
  ~PollAgeGauge() { Stop(); }
  void Start();
  void Stop();

 private:
  void Work();

  ledger::Reader& reader_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace carillon::listener
