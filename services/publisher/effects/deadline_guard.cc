#include "services/publisher/effects/deadline_guard.h"

#include <csignal>
#include <ctime>

namespace carillon::publisher {
namespace {

class KernelTimer : public DeadlineGuard::Armed {
 public:
  explicit KernelTimer(timer_t timer) : timer_(timer) {}
  ~KernelTimer() override { timer_delete(timer_); }

 private:
  const timer_t timer_;
};

}  // namespace

std::unique_ptr<DeadlineGuard::Armed> KernelDeadlineGuard::Arm(absl::Duration boot_deadline) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer{};
  if (timer_create(CLOCK_BOOTTIME, &event, &timer) != 0) return nullptr;
  auto armed = std::make_unique<KernelTimer>(timer);
  itimerspec when{};
  when.it_value = absl::ToTimespec(boot_deadline);
  if (timer_settime(timer, TIMER_ABSTIME, &when, nullptr) != 0) return nullptr;
  return armed;
}

}  // namespace carillon::publisher
