// Requests per account in windows of five minutes, as Mastodon's config/initializers/rack_attack.rb counts them, and the headers
// that tell. Thread-safe.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace carillon::sandbox {

struct RateState {
  int64_t limit = 0;
  int64_t remaining = 0;
  absl::Time reset;
  bool allowed = true;
};

class RateLimits {
 public:
  explicit RateLimits(int64_t limit) : limit_(limit) {}

  // Counts one request of `account`. limit 0: none, everything is allowed.
  RateState Count(int64_t account, absl::Time now) {
    constexpr int64_t kWindowSeconds = 300;
    const int64_t window = absl::ToUnixSeconds(now) / kWindowSeconds;
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[account];
    if (entry.window != window) entry = {window, 0};
    ++entry.count;
    RateState state;
    state.limit = limit_;
    state.remaining = entry.count > limit_ ? 0 : limit_ - entry.count;
    state.reset = absl::FromUnixSeconds((window + 1) * kWindowSeconds);
    state.allowed = limit_ == 0 || entry.count <= limit_;
    return state;
  }

 private:
  struct Entry {
    int64_t window = 0;
    int64_t count = 0;
  };
  const int64_t limit_;
  std::mutex mutex_;
  std::unordered_map<int64_t, Entry> entries_;
};

}  // namespace carillon::sandbox
