// Runs functions later, on one thread of its own, in order of their time. Bounded: a full queue drops, and says so.
#pragma once

#include <absl/time/time.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

namespace carillon::sandbox {

class Timers {
 public:
  explicit Timers(size_t waiting_max) : waiting_max_(waiting_max), thread_([this] { Run(); }) {}
  ~Timers() { Stop(); }

  // False if it is full or stopped.
  bool After(absl::Duration delay, std::function<void()> action) {
    std::lock_guard lock(mutex_);
    if (stopped_ || queue_.size() >= waiting_max_) return false;
    queue_.push({std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(delay), ++count_,
                 std::move(action)});
    changed_.notify_one();
    return true;
  }

  // What waits is dropped.
  void Stop() {
    {
      std::lock_guard lock(mutex_);
      if (stopped_) return;
      stopped_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }

  size_t waiting() const {
    std::lock_guard lock(mutex_);
    return queue_.size();
  }

 private:
  struct Entry {
    std::chrono::steady_clock::time_point at;
    uint64_t order;
    std::function<void()> action;
    bool operator<(const Entry& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };

  void Run() {
    std::unique_lock lock(mutex_);
    while (!stopped_) {
      if (queue_.empty()) {
        changed_.wait(lock);
      } else if (const auto at = queue_.top().at; at > std::chrono::steady_clock::now()) {
        changed_.wait_until(lock, at);
      } else {
        std::function<void()> action = std::move(const_cast<Entry&>(queue_.top()).action);
        queue_.pop();
        lock.unlock();
        action();
        lock.lock();
      }
    }
  }

  const size_t waiting_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::priority_queue<Entry> queue_;
  uint64_t count_ = 0;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace carillon::sandbox
