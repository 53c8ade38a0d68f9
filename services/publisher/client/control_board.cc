#include "services/publisher/client/control_board.h"

#include <algorithm>

#include "common/observe/log.h"

namespace carillon::publisher {

void ControlBoard::Take(std::string_view payload, absl::Time append_time) {
  scheduler::v1::ControlRecord record;
  if (!record.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    observe::Error("a record of the control topic cannot be read; nothing is sent until one can");
    return;
  }
  std::lock_guard lock(mutex_);
  record_ = std::move(record);
  append_time_ = append_time;
  read_at_ = clock_.BootTime();
}

absl::Duration ControlBoard::Age() const {
  std::lock_guard lock(mutex_);
  if (!append_time_) return absl::InfiniteDuration();
  // Whichever says older: a wall clock that was set back must not make it young again.
  return std::max(clock_.Now() - *append_time_, clock_.BootTime() - read_at_);
}

bool ControlBoard::Fresh() const { return Age() < kFreshMax; }

bool ControlBoard::Blocked(const std::string& org_id, const std::string& brand_id) const {
  std::lock_guard lock(mutex_);
  if (!append_time_) return true;
  return std::any_of(record_.active().begin(), record_.active().end(),
                     [&](const scheduler::v1::KillSwitch& kill) {
                       return kill.org_id() == org_id &&
                              (kill.brand_id().empty() || kill.brand_id() == brand_id);
                     });
}

bool ControlBoard::ClockOk() const {
  std::lock_guard lock(mutex_);
  if (!append_time_) return false;
  // The log's clock now, by the boot clock since it was read: a wall clock that was set since is noticed too.
  const absl::Time log_now = *append_time_ + (clock_.BootTime() - read_at_);
  return absl::AbsDuration(clock_.Now() - log_now) < kSkewMax;
}

}  // namespace carillon::publisher
