// A few threads and a bounded queue of work that blocks. Thread-safe.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/bounded_queue.h"

namespace carillon::rpc {

class Pool {
 public:
  // `name` labels the metrics of the pool.
  Pool(const std::string& name, int threads, size_t queue_max);
  // Runs what is queued, then ends its threads.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // False if the queue is full: then `work` was not taken and is untouched.
  [[nodiscard]] bool Run(std::function<void()>&& work);

 private:
  const std::string name_;
  BoundedQueue<std::function<void()>> queue_;
  std::vector<std::thread> threads_;
};

}  // namespace carillon::rpc
