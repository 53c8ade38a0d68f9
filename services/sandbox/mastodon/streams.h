// Who listens to what of the stand-in's streams. Thread-safe; its lock is the last to be taken.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace carillon::sandbox::mastodon {

class Streams {
 public:
  struct Listener {
    std::function<void(int64_t account, int64_t notification)> on_notification;
    // A public status, with its hashtags in small letters.
    std::function<void(int64_t status, const std::set<std::string>& tags)> on_status;
  };

  int64_t Join(Listener listener) {
    std::lock_guard lock(mutex_);
    listeners_[++last_] = std::move(listener);
    return last_;
  }
  void Leave(int64_t listener) {
    std::lock_guard lock(mutex_);
    listeners_.erase(listener);
  }
  void Notified(int64_t account, int64_t notification) const {
    std::lock_guard lock(mutex_);
    for (const auto& [id, one] : listeners_) one.on_notification(account, notification);
  }
  void Posted(int64_t status, const std::set<std::string>& tags) const {
    std::lock_guard lock(mutex_);
    for (const auto& [id, one] : listeners_) one.on_status(status, tags);
  }

 private:
  mutable std::mutex mutex_;
  int64_t last_ = 0;
  std::map<int64_t, Listener> listeners_;
};

}  // namespace carillon::sandbox::mastodon
