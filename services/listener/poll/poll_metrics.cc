#include "services/listener/poll/poll_metrics.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <chrono>

#include "common/observe/metrics.h"
#include "services/listener/domain/ids.h"

namespace carillon::listener {
namespace {

constexpr std::chrono::seconds kAgeEvery{5};

prometheus::Counter& Polls() {
  static auto& counter = observe::Counter("polls_total", "Polls whose report was committed");
  return counter;
}
prometheus::Counter& PollFailures() {
  static auto& counter =
      observe::Counter("poll_failures_total", "Committed polls that failed, whole or in part");
  return counter;
}
prometheus::Counter& Samples() {
  static auto& counter = observe::Counter("samples_total", "Numbers of posts that were read");
  return counter;
}
prometheus::Gauge& OldestPoll() {
  static auto& gauge = observe::Gauge(
      "oldest_poll_age_seconds", "Since the last good poll of the account that waits longest");
  return gauge;
}

void CountSignal(const v1::Signal& signal) {
  observe::Counter("signals_total", "Signals that polls brought, before overlaps are dropped",
                   {{"kind", std::string(KindName(signal.kind()))}})
      .Increment();
}

}  // namespace

prometheus::Counter& PollsPutOff() {
  static auto& counter =
      observe::Counter("polls_put_off_total", "Polls that found the queue full and were put off");
  return counter;
}

prometheus::Counter& PollsLost() {
  static auto& counter =
      observe::Counter("polls_lost_total", "Polls whose report came too late or was not taken");
  return counter;
}

prometheus::Histogram& CollectorLag() {
  static auto& histogram =
      observe::Seconds("collector_lag", "From when a poll was due until it started");
  return histogram;
}

void CountReport(const v1::PollReport& report) {
  Polls().Increment();
  if (!report.error().empty()) PollFailures().Increment();
  Samples().Increment(report.samples_size());
  for (const v1::Signal& signal : report.signals()) CountSignal(signal);
  for (const v1::Signal& signal : report.context_signals()) CountSignal(signal);
  for (const v1::Signal& signal : report.messages()) CountSignal(signal);
  for (const v1::SearchRead& read : report.searches()) {
    for (const v1::Signal& signal : read.found()) CountSignal(signal);
  }
}

void PollAgeGauge::Start() {
  thread_ = std::thread([this] { Work(); });
}

void PollAgeGauge::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void PollAgeGauge::Work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const auto first = reader_.First("polled");
    int64_t millis = 0;
    if (first.ok() && !first->has_value()) OldestPoll().Set(0);
    // "00001700000000000|coll_...": the age of the first is the greatest.
    if (first.ok() && first->has_value() &&
        absl::SimpleAtoi((*first)->substr(0, (*first)->find('|')), &millis)) {
      const absl::Duration age = clock_.Now() - absl::FromUnixMillis(millis);
      OldestPoll().Set(std::max(0.0, absl::ToDoubleSeconds(age)));
    }
    lock.lock();
    wake_.wait_for(lock, kAgeEvery, [this] { return stopping_; });
  }
}

}  // namespace carillon::listener
