#include "services/scheduler/flow/post_metrics.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>

#include <algorithm>
#include <chrono>

#include "common/base/enum_text.h"
#include "common/observe/metrics.h"
#include "services/scheduler/domain/post_decisions.h"
#include "services/scheduler/domain/scheduler_domain.h"

namespace carillon::scheduler {
namespace {

constexpr std::chrono::seconds kLookEvery{5};

prometheus::Counter& Targets(v1::TargetState state) {
  return observe::Counter(
      "targets_total", "Targets by the state they came to",
      {{"state", absl::AsciiStrToLower(WithoutPrefix(v1::TargetState_Name(state), "TARGET_STATE_"))}});
}

}  // namespace

void PostMetrics::Run(std::shared_ptr<const ledger::Effect> effect) {
  const auto* changed = dynamic_cast<const TargetsChanged*>(effect.get());
  if (changed == nullptr) return;
  Targets(changed->state).Increment(changed->count);
  const double late_s = std::max(0.0, absl::ToDoubleSeconds(changed->lateness));
  if (changed->state == v1::TARGET_STATE_DISPATCHED) {
    static auto& lateness =
        observe::Seconds("dispatch_lateness", "From the due time until the dispatch");
    for (int i = 0; i < changed->count; ++i) lateness.Observe(late_s);
  } else if (changed->state == v1::TARGET_STATE_PUBLISHED) {
    static auto& lateness =
        observe::Seconds("publish_lateness", "From the due time until the platform's answer");
    for (int i = 0; i < changed->count; ++i) lateness.Observe(late_s);
  }
}

void DueGauge::Start() {
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      Look();
      lock.lock();
      wake_.wait_for(lock, kLookEvery, [this] { return stopping_; });
    }
  });
}

void DueGauge::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void DueGauge::Look() {
  static auto& oldest = observe::Gauge("oldest_due_age_seconds",
                                       "Since the oldest entry of the due index was due");
  static auto& waiting = observe::Gauge("due_entries", "Entries of the due index, past and future");
  const std::string index(kDueIndex);
  if (const auto count = reader_.Count(index, ""); count.ok()) {
    waiting.Set(static_cast<double>(*count));
  }
  const auto first = reader_.First(index);
  if (!first.ok()) return;
  int64_t millis = 0;
  double age_s = 0;
  if (first->has_value() && absl::SimpleAtoi((*first)->substr(0, (*first)->find('|')), &millis)) {
    age_s = absl::ToDoubleSeconds(clock_.Now() - absl::FromUnixMillis(millis));
  }
  oldest.Set(std::max(0.0, age_s));
}

}  // namespace carillon::scheduler
