#include "services/publisher/effects/slot_lines.h"

#include "services/publisher/effects/server_queue.h"

namespace carillon::publisher {

bool SlotLines::Keep(const std::string& account, const std::string& server, absl::Duration now) {
  std::lock_guard lock(mutex_);
  Expire(now);
  if (const auto kept = kept_.find(account); kept != kept_.end() && kept->second.server == server) return true;
  Release(account);
  if (const auto place = places_.find(account); place != places_.end() && place->second.server != server) places_.erase(place);
  Line& line = lines_[server];
  SkipThoseWhoLeft(line);
  const bool is_first = line.waiting.empty() || line.waiting.front().second == account;
  // Nothing under way would ever move the line.
  const bool is_idle = line.busy + line.kept == 0;
  if ((is_first || is_idle) && MayHaveOne(line)) {
    KeepOne(account, server, now);
    return true;
  }
  if (!places_.contains(account) && places_.size() < waiting_max_) {
    places_[account] = {++last_place_, server};
    line.waiting.emplace_back(last_place_, account);
  }
  Forget(server);
  return false;
}

void SlotLines::Begin(const std::string& account, const std::string& server) {
  std::lock_guard lock(mutex_);
  Release(account);
  ++lines_[server].busy;
  ++busy_;
}

std::vector<std::string> SlotLines::End(const std::string& server, absl::Duration now) {
  std::lock_guard lock(mutex_);
  Expire(now);
  --busy_;
  --lines_[server].busy;
  Forget(server);
  std::vector<std::string> turns;
  if (places_.empty()) return turns;
  // In turn over the servers, until a whole round gave nobody any.
  for (size_t refused = 0; refused < lines_.size() && busy_ + static_cast<int>(kept_.size()) < slots_;) {
    auto line = lines_.upper_bound(last_server_);
    if (line == lines_.end()) line = lines_.begin();
    last_server_ = line->first;
    SkipThoseWhoLeft(line->second);
    if (line->second.waiting.empty() || !MayHaveOne(line->second)) {
      ++refused;
      continue;
    }
    refused = 0;
    turns.push_back(line->second.waiting.front().second);
    KeepOne(turns.back(), line->first, now);
  }
  return turns;
}

int SlotLines::busy() const {
  std::lock_guard lock(mutex_);
  return busy_;
}

bool SlotLines::MayHaveOne(const Line& line) const {
  const int free = slots_ - busy_ - static_cast<int>(kept_.size());
  return HasShare(static_cast<size_t>(line.busy + line.kept), static_cast<size_t>(std::max(0, free)));
}

void SlotLines::KeepOne(const std::string& account, const std::string& server, absl::Duration now) {
  places_.erase(account);
  kept_[account] = {now + kKept, server};
  expiring_.emplace_back(now + kKept, account);
  ++lines_[server].kept;
}

void SlotLines::Release(const std::string& account) {
  const auto kept = kept_.find(account);
  if (kept == kept_.end()) return;
  const std::string server = std::move(kept->second.server);
  kept_.erase(kept);
  --lines_[server].kept;
  Forget(server);
}

void SlotLines::Expire(absl::Duration now) {
  while (!expiring_.empty() && expiring_.front().first <= now) {
    const auto kept = kept_.find(expiring_.front().second);
    if (kept != kept_.end() && kept->second.until == expiring_.front().first) Release(expiring_.front().second);
    expiring_.pop_front();
  }
}

void SlotLines::SkipThoseWhoLeft(Line& line) const {
  while (!line.waiting.empty()) {
    const auto place = places_.find(line.waiting.front().second);
    if (place != places_.end() && place->second.number == line.waiting.front().first) return;
    line.waiting.pop_front();
  }
}

void SlotLines::Forget(const std::string& server) {
  const auto line = lines_.find(server);
  if (line->second.busy == 0 && line->second.kept == 0 && line->second.waiting.empty()) lines_.erase(line);
}

}  // namespace carillon::publisher
