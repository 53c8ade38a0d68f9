#include "tests/support/servers/wait.h"

#include <absl/time/clock.h>
#include <poll.h>

namespace carillon::test {

bool WaitFor(const std::function<bool()>& condition, absl::Duration at_most) {
  const absl::Time give_up = absl::Now() + at_most;
  while (!condition()) {
    if (absl::Now() >= give_up) return false;
    poll(nullptr, 0, 5);
  }
  return true;
}

}  // namespace carillon::test
