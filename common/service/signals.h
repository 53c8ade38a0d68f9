// SIGTERM and SIGINT ask for an orderly stop. They are blocked in all threads, and one thread takes them.
#pragma once

#include <signal.h>
#include <time.h>

#include <absl/time/time.h>

namespace carillon::service {

inline sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// Call it before the first thread starts. Also ignores SIGPIPE: a peer that hangs up is an error value.
inline void BlockStopSignals() {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

// The signal that came, 0 if none did within `wait_max`.
inline int WaitForStopSignal(absl::Duration wait_max) {
  const sigset_t signals = StopSignals();
  const timespec wait = absl::ToTimespec(wait_max);
  const int got = sigtimedwait(&signals, nullptr, &wait);
  return got > 0 ? got : 0;
}

}  // namespace carillon::service
