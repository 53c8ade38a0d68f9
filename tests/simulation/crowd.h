// The people on the platform: they mention accounts, follow them, like posts and reply to them while the storm lasts. What they did
// is the truth about signals and numbers; the listener reads it through SimCollector, which fails, repeats and stops half-way.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/platform/collector.h"
#include "services/listener/ports.h"
#include "tests/simulation/platform.h"

namespace carillon::simulation {

struct Deed {
  platform::SignalKind kind = platform::SignalKind::kMention;
  std::string account_id;
  std::string remote_id;         // of the notification
  std::string status_remote_id;  // what talks has one
  std::string post_remote_id;
  absl::Time at;
  bool notified = true;  // false: only the thread below the post shows it
};

class Crowd {
 public:
  Crowd(World& world, const Platform& platform, std::vector<std::string> accounts)
      : world_(world), platform_(platform), accounts_(std::move(accounts)) {}

  // Until the faults end.
  void Begin();

  const std::vector<Deed>& deeds() const { return deeds_; }
  // An account's notifications, oldest first.
  std::vector<const Deed*> Notifications(const std::string& account_id) const;
  int64_t Count(platform::SignalKind kind, const std::string& post_remote_id) const;
  int64_t Followers(const std::string& account_id) const;
  const Platform& platform() const { return platform_; }

 private:
  void Act();

  World& world_;
  const Platform& platform_;
  const std::vector<std::string> accounts_;
  std::vector<Deed> deeds_;
};

// One process's reading side, and its access: the publisher is not asked for tokens here.
class SimCollector : public platform::Collector, public listener::AccessSource {
 public:
  SimCollector(Process& process, const Crowd& crowd) : process_(process), crowd_(crowd) {}

  std::string Platform() const override { return "mastodon"; }
  Result<platform::SignalPage> Signals(const platform::CollectorAccess& access,
                                       const std::string& cursor, int count_max,
                                       absl::Duration timeout) override;
  Result<platform::TimelinePage> Timeline(const platform::CollectorAccess& access,
                                          const std::string& next, int count_max,
                                          absl::Duration timeout) override;
  Result<std::vector<platform::MetricSnapshot>> Posts(const platform::CollectorAccess& access,
                                                      const std::vector<std::string>& remote_ids,
                                                      absl::Duration timeout) override;
  Result<std::vector<platform::Signal>> Replies(const platform::CollectorAccess& access,
                                                const std::string& post_remote_id,
                                                absl::Duration timeout) override;
  Result<platform::AccountSnapshot> Account(const platform::CollectorAccess& access,
                                            absl::Duration timeout) override;

  Result<platform::CollectorAccess> Lend(const std::string& account_id) override;
  void Drop(const std::string&) override {}

 private:
  Status Exchange(absl::Duration timeout);
  platform::MetricSnapshot Snapshot(const AcceptedPost& post) const;

  Process& process_;
  const Crowd& crowd_;
};

}  // namespace carillon::simulation
