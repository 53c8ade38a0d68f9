// A queue between threads that the servers share: each has a line of its own, they take turns, and none ever has all workers, so that one
// that is slow or hangs keeps only itself waiting. Thread-safe; any number of producers, as many consumers as workers.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace carillon::publisher {

// Whether somebody who has `mine` of something may have one more while `free` are left: three times as many as are left, and the last one
// goes to those who have none. Alone one gets three quarters; k who want all leave room for another.
inline bool HasShare(size_t mine, size_t free) {
  if (free == 0) return false;
  return mine == 0 || (free > 1 && mine < 3 * free);
}

template <typename T>
class ServerQueue {
 public:
  struct Taken {
    std::string server;
    T item;
  };

  // `size_max`: items that wait, of all servers.
  ServerQueue(size_t size_max, size_t workers) : size_max_(size_max), workers_(workers) {}

  // False if it is full, for this server or for all, or closed; then `item` is untouched.
  [[nodiscard]] bool Push(const std::string& server, T&& item) {
    std::lock_guard lock(mutex_);
    if (closed_) return false;
    const auto found = lines_.find(server);
    if (!HasShare(found == lines_.end() ? 0 : found->second.waiting.size(), size_max_ - size_)) return false;
    lines_[server].waiting.push_back(std::move(item));
    ++size_;
    ready_.notify_one();
    return true;
  }

  // Waits for an item of a server that may have one more worker; nothing when closed and empty. The worker says Done() when it has ended.
  std::optional<Taken> Pop() {
    std::unique_lock lock(mutex_);
    while (true) {
      const auto line = Next();
      if (line != lines_.end()) {
        Taken taken{line->first, std::move(line->second.waiting.front())};
        line->second.waiting.pop_front();
        ++line->second.running;
        ++running_;
        --size_;
        last_ = line->first;
        if (size_ > 0) ready_.notify_one();
        return taken;
      }
      if (closed_ && size_ == 0) return std::nullopt;
      ready_.wait(lock);
    }
  }

  void Done(const std::string& server) {
    std::lock_guard lock(mutex_);
    const auto line = lines_.find(server);
    --running_;
    if (--line->second.running == 0 && line->second.waiting.empty()) lines_.erase(line);
    if (size_ > 0) ready_.notify_one();
  }

  // What waits is still given out, without regard to shares.
  void Close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    ready_.notify_all();
  }

 private:
  struct Line {
    std::deque<T> waiting;
    size_t running = 0;
  };
  using Lines = std::map<std::string, Line>;

  // The first one after the one that was served last that waits and may; end: none.
  typename Lines::iterator Next() {
    auto line = lines_.upper_bound(last_);
    for (size_t i = 0; i < lines_.size(); ++i, ++line) {
      if (line == lines_.end()) line = lines_.begin();
      if (line->second.waiting.empty()) continue;
      if (closed_ || HasShare(line->second.running, workers_ - running_)) return line;
    }
    return lines_.end();
  }

  const size_t size_max_;
  const size_t workers_;
  std::mutex mutex_;
  std::condition_variable ready_;
  Lines lines_;
  std::string last_;
  size_t size_ = 0;     // waiting
  size_t running_ = 0;  // taken and not done
  bool closed_ = false;
};

}  // namespace carillon::publisher
