// The ControlView over the scheduler's control topic: the newest record that this process has read. Fed by a TopicTail; see ports.h.
#pragma once

#include <absl/time/time.h>

#include <mutex>
#include <optional>
#include <string_view>

#include "carillon/scheduler/v1/scheduler.pb.h"
#include "common/base/clock.h"
#include "services/publisher/ports.h"

namespace carillon::publisher {

class ControlBoard : public ControlView {
 public:
  static constexpr absl::Duration kFreshMax = absl::Seconds(3);
  static constexpr absl::Duration kSkewMax = absl::Seconds(2);

  explicit ControlBoard(const Clock& clock) : clock_(clock) {}

  // A record of the topic, in order. One that cannot be read leaves the old view, which grows stale.
  void Take(std::string_view payload, absl::Time append_time);

  bool Fresh() const override;
  bool Blocked(const std::string& org_id, const std::string& brand_id) const override;
  bool ClockOk() const override;
  // Of the newest heartbeat; infinite if none was read.
  absl::Duration Age() const;

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  scheduler::v1::ControlRecord record_;
  std::optional<absl::Time> append_time_;
  absl::Duration read_at_;  // boot time
};

}  // namespace carillon::publisher
