// A clock that stands still until a test moves it. Thread-safe.
#pragma once

#include <mutex>

#include "common/base/clock.h"

namespace carillon::testing {

class FakeClock : public Clock {
 public:
  explicit FakeClock(absl::Time start = absl::FromUnixSeconds(1'800'000'000)) : now_(start) {}

  absl::Time Now() const override {
    std::lock_guard lock(mutex_);
    return now_;
  }
  absl::Duration BootTime() const override {
    std::lock_guard lock(mutex_);
    return boot_;
  }
  // Both clocks go on by `step`.
  void Advance(absl::Duration step) {
    std::lock_guard lock(mutex_);
    now_ += step;
    boot_ += step;
  }
  // Only the wall clock jumps, as NTP or an operator makes it.
  void JumpWall(absl::Duration step) {
    std::lock_guard lock(mutex_);
    now_ += step;
  }

 private:
  mutable std::mutex mutex_;
  absl::Time now_;
  absl::Duration boot_ = absl::Hours(1);
};

}  // namespace carillon::testing
