// Ends this process if a publishing request is still open at its send_before: a process that was frozen before its first byte and
// goes on later must never write it, and only the kernel can see to that (timer_create with CLOCK_BOOTTIME and SIGKILL: the signal
// is delivered to a stopped process too, and the clock goes on through suspend; man timer_create).
#pragma once

#include <absl/time/time.h>

#include <memory>

namespace carillon::publisher {

class DeadlineGuard {
 public:
  // Disarms when destroyed.
  class Armed {
   public:
    virtual ~Armed() = default;
  };
  virtual ~DeadlineGuard() = default;
  // `boot_deadline` as Clock::BootTime() counts. nullptr: it cannot be armed, so nothing may be sent.
  virtual std::unique_ptr<Armed> Arm(absl::Duration boot_deadline) = 0;
};

// The kernel's timers. Thread-safe; never blocks.
class KernelDeadlineGuard : public DeadlineGuard {
 public:
  std::unique_ptr<Armed> Arm(absl::Duration boot_deadline) override;
};

}  // namespace carillon::publisher
