// What the platforms of one sandbox share.
#pragma once

#include <cstdint>

#include "common/base/clock.h"
#include "services/sandbox/consents.h"
#include "services/sandbox/engagement.h"
#include "services/sandbox/faults.h"
#include "services/sandbox/timers.h"
#include "services/sandbox/truth.h"

namespace carillon::sandbox {

struct Shared {
  Shared(Clock* the_clock, uint64_t the_seed, EngagementOptions options)
      : clock(the_clock), seed(the_seed), timers(kTimersMax), engagement(seed, &timers, options) {}

  static constexpr size_t kTimersMax = 1'000'000;

  Clock* const clock;
  const uint64_t seed;
  Faults faults;
  Consents consents;
  Truth truth;
  Timers timers;
  EngagementEngine engagement;
};

}  // namespace carillon::sandbox
