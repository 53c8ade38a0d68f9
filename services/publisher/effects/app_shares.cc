#include "services/publisher/effects/app_shares.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

#include "services/publisher/domain/publisher_domain.h"

namespace carillon::publisher {
namespace {

constexpr auto kPause = std::chrono::seconds(15);
// New ones come together, when shards are taken over.
constexpr auto kFreshPause = std::chrono::milliseconds(200);
constexpr absl::Duration kKept = absl::Hours(1);

}  // namespace

void AppShares::Start() {
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      wake_.wait_for(lock, kPause, [&] { return stopping_ || fresh_; });
      if (fresh_) wake_.wait_for(lock, kFreshPause, [&] { return stopping_; });
      if (stopping_) return;
      lock.unlock();
      CountAll();
      lock.lock();
    }
  });
}

void AppShares::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

int AppShares::Accounts(const std::string& app) const {
  std::lock_guard lock(mutex_);
  const auto found = apps_.find(app);
  if (found != apps_.end()) {
    found->second.asked_at = clock_.BootTime();
    return found->second.accounts;
  }
  if (apps_.size() >= kAppsMax) return 1;
  apps_[app].asked_at = clock_.BootTime();
  fresh_ = true;
  wake_.notify_all();
  return 1;
}

void AppShares::CountAll() {
  std::vector<std::string> names;
  {
    std::lock_guard lock(mutex_);
    fresh_ = false;
    std::erase_if(apps_, [&](const auto& entry) { return entry.second.asked_at + kKept < clock_.BootTime(); });
    for (const auto& [name, entry] : apps_) names.push_back(name);
  }
  for (const std::string& name : names) {
    const auto count = reader_.Count(kAppUsersIndex, name + "|");
    if (!count.ok()) return;  // as before, until Redis answers
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    const auto found = apps_.find(name);
    if (found == apps_.end()) continue;
    found->second.accounts = static_cast<int>(std::clamp<int64_t>(*count, 1, std::numeric_limits<int>::max()));
  }
}

}  // namespace carillon::publisher
