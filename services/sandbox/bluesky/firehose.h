// All commits of all repositories as a Jetstream tells them, the newest `events_max`, and who listens. Thread-safe; its lock is the
// last to be taken.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "common/base/clock.h"

namespace carillon::sandbox::bluesky {

struct FirehoseEvent {
  int64_t time_us = 0;     // unique, rising
  std::string did;
  std::string collection;  // "" for identity and account
  std::shared_ptr<const std::string> line;
};

class Firehose {
 public:
  Firehose(const Clock* clock, size_t events_max) : clock_(clock), events_max_(events_max) {}

  // `kind` is commit, identity or account, and so is the member that `body` becomes.
  void Append(const std::string& did, const std::string& kind, const std::string& collection,
              nlohmann::json body);

  // The first event at or after `time_us`.
  std::optional<FirehoseEvent> At(int64_t time_us) const;
  int64_t last_us() const;

  // `wake` is called after each Append(), until Forget().
  int64_t Listen(std::function<void()> wake);
  void Forget(int64_t listener);

 private:
  const Clock* const clock_;
  const size_t events_max_;
  mutable std::mutex mutex_;
  std::deque<FirehoseEvent> events_;
  int64_t last_us_ = 0, sequence_ = 0, last_listener_ = 0;
  std::map<int64_t, std::function<void()>> listeners_;
};

}  // namespace carillon::sandbox::bluesky
