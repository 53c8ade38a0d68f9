// Plausible reactions to new posts: how many follows from the seed, the account and the text alone (the n-th post of the same
// text by the same account is drawn anew), when from timers, most of them soon after the post. Thread-safe.
#pragma once

#include <absl/time/time.h>

#include <atomic>
#include <mutex>
#include <string>
#include <unordered_map>

#include "services/sandbox/people.h"
#include "services/sandbox/platform.h"
#include "services/sandbox/timers.h"

namespace carillon::sandbox {

struct EngagementOptions {
  double scale = 1;                           // 0: none
  absl::Duration window = absl::Seconds(25);  // all reactions to a post come within
};

class EngagementEngine {
 public:
  EngagementEngine(uint64_t seed, Timers* timers, EngagementOptions options);

  // Plans the reactions to a post that was just accepted. `platform` must live as long as the timers run.
  void OnPost(Platform* platform, const AccountInfo& account, const std::string& post,
              const std::string& text, bool is_reply);

  int64_t planned() const { return planned_; }
  int64_t happened() const { return happened_; }
  int64_t dropped() const { return dropped_; }  // the timers' queue was full

 private:
  // Whom `post` is by, or "" where the reaction is to the account alone.
  struct Target {
    Platform* platform;
    std::string account, post;
  };
  void Plan(Random* random, Reaction reaction, int count, const Target& target);

  const uint64_t seed_;
  Timers* const timers_;
  const EngagementOptions options_;
  std::mutex mutex_;
  std::unordered_map<uint64_t, int> occurrences_;
  std::atomic<int64_t> planned_ = 0, happened_ = 0, dropped_ = 0;
};

}  // namespace carillon::sandbox
