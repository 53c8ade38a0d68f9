#include "common/base/runtime.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/base/ids.h"

namespace carillon {
namespace {

class ThreadTask : public Task {
 public:
  explicit ThreadTask(std::function<void()> body) : thread_(std::move(body)) {}
  ~ThreadTask() override { Join(); }
  void Join() override {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::thread thread_;
};

class ThreadWakeup : public Wakeup {
 public:
  void Notify() override {
    std::lock_guard lock(mutex_);
    notified_ = true;
    changed_.notify_one();
  }
  bool WaitFor(absl::Duration at_most) override {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, absl::ToChronoMicroseconds(at_most), [this] { return notified_; });
    return std::exchange(notified_, false);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool notified_ = false;
};

}  // namespace

std::unique_ptr<Task> SystemRuntime::Start(std::function<void()> body) {
  return std::make_unique<ThreadTask>(std::move(body));
}

std::unique_ptr<Wakeup> SystemRuntime::MakeWakeup() { return std::make_unique<ThreadWakeup>(); }

std::string SystemRuntime::UniqueText() { return RandomText(); }

}  // namespace carillon
