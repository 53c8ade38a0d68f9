// Points in fixed windows, by key: requests of an account, writes of a repository. Of more than 100,000 keys in one window all begin
// anew. Thread-safe.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace carillon::sandbox {

struct RateState {
  int64_t limit = 0;  // 0: none, everything is allowed
  int64_t remaining = 0;
  absl::Time reset;
  absl::Duration window;
  bool allowed = true;
};

class RateLimits {
 public:
  explicit RateLimits(int64_t limit, absl::Duration window = absl::Minutes(5))
      : limit_(limit), window_(window) {}

  RateState Count(const std::string& key, absl::Time now, int64_t points = 1) {
    const int64_t seconds = absl::ToInt64Seconds(window_);
    const int64_t window = absl::ToUnixSeconds(now) / seconds;
    std::lock_guard lock(mutex_);
    if (entries_.size() >= kKeysMax) {
      std::erase_if(entries_, [&](const auto& entry) { return entry.second.window != window; });
      if (entries_.size() >= kKeysMax) entries_.clear();
    }
    Entry& entry = entries_[key];
    if (entry.window != window) entry = {window, 0};
    entry.points += points;
    RateState state;
    state.limit = limit_;
    state.remaining = entry.points > limit_ ? 0 : limit_ - entry.points;
    state.reset = absl::FromUnixSeconds((window + 1) * seconds);
    state.window = window_;
    state.allowed = limit_ == 0 || entry.points <= limit_;
    return state;
  }

  size_t keys() const {
    std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  struct Entry {
    int64_t window = 0;
    int64_t points = 0;
  };
  static constexpr size_t kKeysMax = 100'000;

  const int64_t limit_;
  const absl::Duration window_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace carillon::sandbox
