// One poll of one account: what the platform says since the cursor, as a report that is decided as
// one. Stateless but for what it is given; used by many threads at once. Blocks on HTTP for at most
// kPollTimeMax.
#pragma once

#include <atomic>

#include "carillon/listener/v1/internal.pb.h"
#include "common/base/clock.h"
#include "common/ledger/reader.h"
#include "common/platform/registry.h"
#include "services/listener/domain/poll_job.h"
#include "services/listener/ports.h"

namespace carillon::listener {

constexpr absl::Duration kPollTimeMax = absl::Seconds(40);
constexpr absl::Duration kCallTimeMax = absl::Seconds(10);
// Threads below posts that one poll reads.
constexpr int kContextsMax = 5;
// A post in the timeline that is younger may be ours, its PostPublished still on the way.
constexpr absl::Duration kFoundAgeMin = absl::Minutes(2);
// A post that is not there when it is younger may not have reached all of the platform's replicas
// yet.
constexpr absl::Duration kGoneAgeMin = absl::Minutes(10);
constexpr size_t kSignalTextBytesMax = 8 * 1024;

class PollCollector {
 public:
  // Everything outlives it. While `stopping` is true a poll ends after its current call.
  PollCollector(const platform::Registry& platforms, AccessSource& access, ledger::Reader& reader,
                const Clock& clock, const std::atomic<bool>& stopping)
      : platforms_(platforms),
        access_(access),
        reader_(reader),
        clock_(clock),
        stopping_(stopping) {}

  // Never fails as a whole: what went wrong stands in the report's error, what was read before that
  // stands in it too. A lent token that the platform refuses is dropped, and the poll is tried once
  // more with a new one.
  v1::PollReport Poll(const PollJob& job) const;

 private:
  const platform::Registry& platforms_;
  AccessSource& access_;
  ledger::Reader& reader_;
  const Clock& clock_;
  const std::atomic<bool>& stopping_;
};

}  // namespace carillon::listener
