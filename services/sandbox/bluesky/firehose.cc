#include "services/sandbox/bluesky/firehose.h"

#include <algorithm>

#include "services/sandbox/json_answer.h"

namespace carillon::sandbox::bluesky {

void Firehose::Append(const std::string& did, const std::string& kind,
                      const std::string& collection, nlohmann::json body) {
  const absl::Time now = clock_->Now();
  std::lock_guard lock(mutex_);
  last_us_ = std::max(last_us_ + 1, absl::ToUnixMicros(now));
  ++sequence_;
  if (kind != "commit") {
    body["did"] = did;
    body["seq"] = sequence_;
    body["time"] = IsoTime(now);
  }
  const nlohmann::json event = {
      {"did", did}, {"time_us", last_us_}, {"kind", kind}, {kind, std::move(body)}};
  events_.push_back(
      {last_us_, did, collection, std::make_shared<const std::string>(Dump(event))});
  if (events_.size() > events_max_) events_.pop_front();
  for (const auto& [id, wake] : listeners_) wake();
}

std::optional<FirehoseEvent> Firehose::At(int64_t time_us) const {
  std::lock_guard lock(mutex_);
  const auto found = std::lower_bound(
      events_.begin(), events_.end(), time_us,
      [](const FirehoseEvent& event, int64_t wanted) { return event.time_us < wanted; });
  if (found == events_.end()) return std::nullopt;
  return *found;
}

int64_t Firehose::last_us() const {
  std::lock_guard lock(mutex_);
  return last_us_;
}

int64_t Firehose::Listen(std::function<void()> wake) {
  std::lock_guard lock(mutex_);
  listeners_[++last_listener_] = std::move(wake);
  return last_listener_;
}

void Firehose::Forget(int64_t listener) {
  std::lock_guard lock(mutex_);
  listeners_.erase(listener);
}

}  // namespace carillon::sandbox::bluesky
