// The only door to time. Wall time (UTC instants, absl::Time) decides what is due; boot time (CLOCK_BOOTTIME: goes on through
// suspend and SIGSTOP, never jumps) decides leases and deadlines. Passed in by reference, never global; domain code gets `now`.
#pragma once

#include <absl/time/time.h>
#include <google/protobuf/timestamp.pb.h>

namespace carillon {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;           // wall clock, UTC
  virtual absl::Duration BootTime() const = 0;  // since boot; only differences mean anything
};

// The machine's clocks. Thread-safe.
class SystemClock : public Clock {
 public:
  absl::Time Now() const override;
  absl::Duration BootTime() const override;
};

// Protobuf timestamps <-> absl::Time. A missing (zero) timestamp is the epoch.
google::protobuf::Timestamp ToProto(absl::Time time);
absl::Time FromProto(const google::protobuf::Timestamp& timestamp);

}  // namespace carillon
