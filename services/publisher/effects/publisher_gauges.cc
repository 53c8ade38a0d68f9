#include "services/publisher/effects/publisher_gauges.h"

#include <algorithm>
#include <chrono>

#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "common/platform/sunset.h"
#include "services/publisher/domain/publisher_domain.h"
#include "services/publisher/domain/states.h"

namespace carillon::publisher {
namespace {

constexpr auto kPause = std::chrono::seconds(2);
// Shown for "never read".
constexpr double kAgeMaxSeconds = 86'400;
constexpr int64_t kWarnDays = 90;

// The states that somebody has to look at, or that work is waiting in.
constexpr v1::DeliveryState kShown[] = {v1::DELIVERY_STATE_QUEUED, v1::DELIVERY_STATE_SENDING,
                                        v1::DELIVERY_STATE_CHECKING, v1::DELIVERY_STATE_UNCONFIRMED,
                                        v1::DELIVERY_STATE_HELD};

}  // namespace

void PublisherGauges::Start() {
  for (const platform::Sunset& sunset : platform::Sunsets(platforms_, clock_.Now())) {
    if (sunset.days > kWarnDays) continue;
    observe::Warn("the platform ends a version of its API: update before that day",
                  {{"platform", sunset.platform}, {"api", sunset.api}, {"version", sunset.version},
                   {"sunset", absl::FormatCivilTime(sunset.day)}});
  }
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kPause, [&] { return stopping_; })) {
      lock.unlock();
      Look();
      lock.lock();
    }
  });
}

void PublisherGauges::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void PublisherGauges::Look() {
  observe::Gauge("control_view_age_seconds", "Age of the newest heartbeat of the kill switches")
      .Set(std::min(absl::ToDoubleSeconds(control_.Age()), kAgeMaxSeconds));
  for (const platform::Sunset& sunset : platform::Sunsets(platforms_, clock_.Now())) {
    observe::Gauge("platform_api_sunset_days", "Days until a version of a platform's API ends",
                   {{"platform", sunset.platform}, {"api", sunset.api}, {"version", sunset.version}})
        .Set(static_cast<double>(sunset.days));
  }
  for (const v1::DeliveryState state : kShown) {
    const auto count = reader_.Count(kStatesIndex, StateName(state) + "|");
    if (!count.ok()) return;
    observe::Gauge("deliveries", "Deliveries by present state", {{"state", StateName(state)}})
        .Set(static_cast<double>(*count));
  }
}

}  // namespace carillon::publisher
