// How a library's own loops run and wait: threads in a service (SystemRuntime), fibers of one thread in the simulation.
// Code that holds a mutex never waits on a Wakeup or joins a Task.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <string>

namespace carillon {

// Wakes one waiter; a Notify() before the wait is kept, several are one.
class Wakeup {
 public:
  virtual ~Wakeup() = default;
  virtual void Notify() = 0;
  // True if it was notified within `at_most`.
  virtual bool WaitFor(absl::Duration at_most) = 0;
};

// A running body. It has to be joined before it is destroyed; joining twice is fine.
class Task {
 public:
  virtual ~Task() = default;
  virtual void Join() = 0;
};

class Runtime {
 public:
  virtual ~Runtime() = default;
  virtual std::unique_ptr<Task> Start(std::function<void()> body) = 0;
  virtual std::unique_ptr<Wakeup> MakeWakeup() = 0;
  // 26 characters that nobody else has: instance names, a topic's birth id.
  virtual std::string UniqueText() = 0;
};

// One thread for each task. Thread-safe.
class SystemRuntime : public Runtime {
 public:
  std::unique_ptr<Task> Start(std::function<void()> body) override;
  std::unique_ptr<Wakeup> MakeWakeup() override;
  std::string UniqueText() override;
};

}  // namespace carillon
