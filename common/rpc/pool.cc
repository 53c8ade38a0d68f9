#include "common/rpc/pool.h"

#include "common/observe/metrics.h"

namespace carillon::rpc {

Pool::Pool(const std::string& name, int threads, size_t queue_max)
    : name_(name), queue_(queue_max) {
  threads_.reserve(static_cast<size_t>(threads));
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this] {
      while (auto work = queue_.Pop()) (*work)();
    });
  }
}

Pool::~Pool() {
  queue_.Close();
  for (auto& thread : threads_) thread.join();
}

bool Pool::Run(std::function<void()>&& work) {
  if (queue_.Push(std::move(work))) return true;
  observe::Counter("pool_full_total", "Work that a full pool refused", {{"pool", name_}})
      .Increment();
  return false;
}

}  // namespace carillon::rpc
