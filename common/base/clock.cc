#include "common/base/clock.h"

#include <algorithm>
#include <ctime>

namespace carillon {
namespace {

// Years 1 to 9999, what google.protobuf.Timestamp can say.
constexpr int64_t kSecondsMin = -62'135'596'800;
constexpr int64_t kSecondsMax = 253'402'300'799;

}  // namespace

absl::Time SystemClock::Now() const {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return absl::TimeFromTimespec(now);
}

absl::Duration SystemClock::BootTime() const {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return absl::DurationFromTimespec(now);
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  const absl::Time within = std::clamp(time, absl::FromUnixSeconds(kSecondsMin),
                                       absl::FromUnixSeconds(kSecondsMax));
  const int64_t seconds = absl::ToUnixSeconds(within);  // rounds down
  google::protobuf::Timestamp out;
  out.set_seconds(seconds);
  out.set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(within - absl::FromUnixSeconds(seconds))));
  return out;
}

absl::Time FromProto(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

}  // namespace carillon
