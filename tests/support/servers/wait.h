// Waiting for a condition, with a deadline: never a sleep for a guessed time.
#pragma once

#include <absl/time/time.h>

#include <functional>

namespace carillon::test {

// True as soon as `condition` holds; false after `at_most`. Polls each few milliseconds.
bool WaitFor(const std::function<bool()>& condition, absl::Duration at_most = absl::Seconds(30));

}  // namespace carillon::test
