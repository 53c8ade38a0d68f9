// The record of accepted effects: every post that any platform accepted, in the order of acceptance. No client can read it.
// Never loses an entry; it is bounded by the platforms' own bounds on posts. Thread-safe, and never calls out: a platform may
// append while it holds its own lock.
#pragma once

#include <absl/time/time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::sandbox {

struct Accepted {
  std::string platform;
  std::string post;  // its id
  std::string account_id;
  std::string username;
  std::string key;  // what the client chose to tell attempts apart by: an idempotency key, a record key
  absl::Time accepted_at;
  uint64_t connection = 0;
  size_t sequence = 0;  // from 1; Append() sets it
};

// Something that was done to a post that is out there, in the order in which it took effect; once more what is so already is one, too.
struct Acted {
  std::string platform;
  std::string username;
  std::string action;  // "delete", "like", "unlike", ...
  std::string post;    // its id
  std::string detail;
  absl::Time at;
  size_t sequence = 0;  // from 1; Act() sets it
};

class Truth {
 public:
  void Append(Accepted accepted) {
    std::lock_guard lock(mutex_);
    accepted.sequence = accepted_.size() + 1;
    accepted_.push_back(std::move(accepted));
  }
  // Those after `sequence`, of one platform or ("") all.
  std::vector<Accepted> After(size_t sequence, size_t limit, std::string_view platform = {}) const {
    std::lock_guard lock(mutex_);
    std::vector<Accepted> out;
    for (size_t i = sequence; i < accepted_.size() && out.size() < limit; ++i) {
      if (platform.empty() || accepted_[i].platform == platform) out.push_back(accepted_[i]);
    }
    return out;
  }
  size_t count(std::string_view platform = {}) const {
    std::lock_guard lock(mutex_);
    if (platform.empty()) return accepted_.size();
    size_t count = 0;
    for (const Accepted& one : accepted_) count += one.platform == platform;
    return count;
  }

  void Act(Acted acted) {
    std::lock_guard lock(mutex_);
    if (acted_.size() == kActedMax) return;
    acted.sequence = acted_.size() + 1;
    acted_.push_back(std::move(acted));
  }
  std::vector<Acted> ActedAfter(size_t sequence, size_t limit) const {
    std::lock_guard lock(mutex_);
    const size_t begin = std::min(sequence, acted_.size());
    const size_t end = begin + std::min(limit, acted_.size() - begin);
    return {acted_.begin() + static_cast<std::ptrdiff_t>(begin), acted_.begin() + static_cast<std::ptrdiff_t>(end)};
  }

  // Posts whose every answer was withheld.
  void Hide(const std::string& post) {
    std::lock_guard lock(mutex_);
    hidden_.insert(post);
  }
  void Show(const std::string& post) {
    std::lock_guard lock(mutex_);
    hidden_.erase(post);
  }
  std::set<std::string> hidden() const {
    std::lock_guard lock(mutex_);
    return hidden_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Accepted> accepted_;
  static constexpr size_t kActedMax = 2'000'000;
  std::vector<Acted> acted_;
  std::set<std::string> hidden_;
};

}  // namespace carillon::sandbox
