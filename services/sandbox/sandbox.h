// The sandbox as a whole: a server that speaks the used part of Mastodon's API, and an admin server that tells the truth and
// orders faults. Tests run it in their own process; main.cc makes it a program.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "common/http/router.h"
#include "common/http/server.h"
#include "services/sandbox/engagement.h"
#include "services/sandbox/faults.h"
#include "services/sandbox/rate_limit.h"
#include "services/sandbox/store.h"
#include "services/sandbox/timers.h"

namespace carillon::sandbox {

struct SandboxOptions {
  std::string listen = "127.0.0.1:0";
  std::string admin_listen = "127.0.0.1:0";
  uint64_t seed = 1;
  int threads = 2;
  int64_t rate_limit = 3000;  // requests per account and five minutes; 0: none
  absl::Duration media_processing = absl::Milliseconds(150);  // zero: ready at once, answered 200
  EngagementOptions engagement;
  Limits limits;
};

class Sandbox {
 public:
  Sandbox(SandboxOptions options, Clock* clock);
  ~Sandbox() { Stop(); }

  Status Start();
  void Stop();
  std::string url() const { return "http://" + api_server_->address(); }
  std::string admin_url() const { return "http://" + admin_server_->address(); }

  // What the answers to POST /api/v1/statuses became; posts whose every answer was withheld are hidden.
  struct Counts {
    std::atomic<int64_t> requests = 0, accepted = 0, replayed = 0, refused_validation = 0,
                         refused_unauthorized = 0, refused_rate_limit = 0, refused_fault = 0;
  };
  void Hide(int64_t post);
  void Show(int64_t post);
  std::set<int64_t> hidden() const;

  SandboxOptions options;
  Store store;
  Faults faults;
  RateLimits rate_limits;
  Timers timers;
  EngagementEngine engagement;
  Counts counts;

 private:
  http::Router api_, admin_;
  std::unique_ptr<http::HttpServer> api_server_, admin_server_;
  mutable std::mutex mutex_;
  std::set<int64_t> hidden_;
};

}  // namespace carillon::sandbox
