// A bounded queue for a fixed number of workers of a Runtime, each waiting on a signal of its own. Push never blocks: a full queue says
// so, and the caller refuses its caller. Push and Close from any thread; Pop(worker) from that worker alone.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/runtime.h"

namespace carillon {

template <typename T>
class WorkQueue {
 public:
  WorkQueue(Runtime& runtime, int workers, size_t size_max) : size_max_(size_max) {
    for (int i = 0; i < workers; ++i) signals_.push_back(runtime.MakeWakeup());
  }

  // False if it is full or closed; then `item` is untouched.
  [[nodiscard]] bool Push(T&& item) {
    Wakeup* wake = nullptr;
    {
      std::lock_guard lock(mutex_);
      if (closed_ || items_.size() >= size_max_) return false;
      items_.push_back(std::move(item));
      if (!idle_.empty()) {
        wake = signals_[idle_.back()].get();
        idle_.pop_back();
      }
    }
    if (wake != nullptr) wake->Notify();
    return true;
  }

  // Waits for an item; nothing when closed and empty.
  std::optional<T> Pop(size_t worker) {
    while (true) {
      {
        std::lock_guard lock(mutex_);
        std::erase(idle_, worker);
        if (!items_.empty()) {
          std::optional<T> item = std::move(items_.front());
          items_.pop_front();
          return item;
        }
        if (closed_) return std::nullopt;
        idle_.push_back(worker);
      }
      signals_[worker]->WaitFor(kLookAgain);
    }
  }

  void Close() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    for (const auto& signal : signals_) signal->Notify();
  }

 private:
  // Only a bound: whoever is woken for an item that another has taken meanwhile waits again.
  static constexpr absl::Duration kLookAgain = absl::Minutes(1);

  const size_t size_max_;
  std::mutex mutex_;
  std::deque<T> items_;
  std::vector<size_t> idle_;
  std::vector<std::unique_ptr<Wakeup>> signals_;
  bool closed_ = false;
};

}  // namespace carillon
