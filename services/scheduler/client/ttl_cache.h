// Answers that are good for a short while; only what was found is kept. Thread-safe, never blocks.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "common/base/clock.h"

namespace carillon::scheduler {

template <typename T>
class TtlCache {
 public:
  TtlCache(const Clock& clock, absl::Duration time_to_live, size_t size_max)
      : clock_(clock), time_to_live_(time_to_live), size_max_(size_max) {}

  std::optional<T> Find(const std::string& scope, const std::string& name) {
    std::lock_guard lock(mutex_);
    const auto it = values_.find({scope, name});
    if (it == values_.end() || it->second.until <= clock_.BootTime()) return std::nullopt;
    return it->second.value;
  }
  // Full: everything is asked for anew.
  void Keep(const std::string& scope, const std::string& name, const T& value) {
    std::lock_guard lock(mutex_);
    if (values_.size() >= size_max_) values_.clear();
    values_[{scope, name}] = {value, clock_.BootTime() + time_to_live_};
  }

 private:
  struct Kept {
    T value;
    absl::Duration until;
  };
  const Clock& clock_;
  const absl::Duration time_to_live_;
  const size_t size_max_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Kept> values_;
};

}  // namespace carillon::scheduler
