// A queue between threads with a named maximum. Push never blocks: a full queue says so, and the caller refuses its caller.
// Thread-safe; any number of producers and consumers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace carillon {

template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t size_max) : size_max_(size_max) {}

  // False if it is full or closed; then `item` is untouched.
  [[nodiscard]] bool Push(T&& item) {
    std::lock_guard lock(mutex_);
    if (closed_ || items_.size() >= size_max_) return false;
    items_.push_back(std::move(item));
    ready_.notify_one();
    return true;
  }

  // Waits for an item; nothing when closed and empty.
  std::optional<T> Pop() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return closed_ || !items_.empty(); });
    return TakeOne();
  }

  std::optional<T> PopFor(std::chrono::milliseconds wait_max) {
    std::unique_lock lock(mutex_);
    ready_.wait_for(lock, wait_max, [&] { return closed_ || !items_.empty(); });
    return TakeOne();
  }

  // What is there now, at most `items_max`.
  std::vector<T> Drain(size_t items_max) {
    std::lock_guard lock(mutex_);
    std::vector<T> out;
    while (!items_.empty() && out.size() < items_max) {
      out.push_back(std::move(items_.front()));
      items_.pop_front();
    }
    return out;
  }

  void Close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    ready_.notify_all();
  }

  size_t size() const {
    std::lock_guard lock(mutex_);
    return items_.size();
  }
  size_t size_max() const { return size_max_; }

 private:
  std::optional<T> TakeOne() {
    if (items_.empty()) return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }

  const size_t size_max_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<T> items_;
  bool closed_ = false;
};

}  // namespace carillon
