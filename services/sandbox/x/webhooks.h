// The webhooks of apps: where X pushes, about whom, and a thread that asks the addresses for a good answer to a challenge and delivers what
// happened, signed. Thread-safe; nothing here waits for an address but that thread. The state's lock is taken before this one's.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/base/bounded_queue.h"
#include "common/http/client.h"
#include "services/sandbox/x/model.h"

namespace carillon::sandbox::x {

struct Hook {
  Id id = 0;
  std::string app;  // its consumer key
  std::string url;
  std::string secret;  // the app's
  bool is_valid = true;
  absl::Time created_at;
  std::set<Id> users;  // who is subscribed
};

class Webhooks {
 public:
  // Of one app, as the smallest of X's Enterprise plans has them (docs.x.com/x-api/account-activity/introduction, 2026-11-23).
  static constexpr size_t kHooksMax = 5, kSubscriptionsMax = 5'000;
  static constexpr size_t kAppsMax = 1'000;
  static constexpr size_t kWaitingMax = 10'000;  // challenges and deliveries; what comes then is lost

  Webhooks();
  ~Webhooks();
  // What waits is dropped. Blocks for the request that is under way, ten seconds at most.
  void Stop();

  std::vector<Hook> Of(const std::string& app) const;
  // Also of another app, for the tokens of accounts do not say whose they are.
  std::optional<Hook> Find(Id id) const;
  bool HasRoom(const std::string& app) const;
  // False: there is no room, or the app has that address already.
  bool Add(Hook hook);
  bool Remove(const std::string& app, Id id);
  void SetValid(Id id, bool is_valid);
  enum class Outcome { kDone, kKnown, kFull, kNoHook };
  Outcome Subscribe(Id id, Id user);
  bool Unsubscribe(Id id, Id user);

  // Whether the address answers as who knows the secret; told on the thread, or at once with false if there is no room.
  void Challenge(const std::string& url, const std::string& secret, std::function<void(bool is_good)> tell);
  // Everybody who is subscribed to one that is valid.
  std::set<Id> Subscribers() const;
  // Delivers to all valid webhooks that the user is subscribed to: thrice at most where the address does not take it.
  void Tell(Id user, nlohmann::json event);

 private:
  void Work();
  bool IsAnswered(const std::string& url, const std::string& secret);
  void Deliver(const std::string& url, const std::string& secret, const std::string& body);
  bool Push(std::function<void()> job) { return jobs_.Push(std::move(job)); }

  const std::unique_ptr<http::HttpClient> client_;
  mutable std::mutex mutex_;
  std::map<Id, Hook> hooks_;
  BoundedQueue<std::function<void()>> jobs_;
  std::atomic<bool> is_stopped_ = false;
  std::mutex wait_mutex_;
  std::condition_variable wait_;
  int64_t challenges_ = 0;  // of the thread
  std::thread thread_;
};

}  // namespace carillon::sandbox::x
