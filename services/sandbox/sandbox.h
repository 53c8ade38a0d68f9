// The sandbox as a whole: one stand-in per platform, and an admin server that tells the truth and orders faults. Tests run it in
// their own process; main.cc makes it a program.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/http/router.h"
#include "common/http/server.h"
#include "services/sandbox/bluesky/bluesky.h"
#include "services/sandbox/mastodon/mastodon.h"
#include "services/sandbox/platform.h"
#include "services/sandbox/shared.h"
#include "services/sandbox/x/x.h"

namespace carillon::sandbox {

struct SandboxOptions {
  std::string admin_listen = "127.0.0.1:0";
  uint64_t seed = 1;
  EngagementOptions engagement;
  mastodon::Options mastodon;
  bluesky::Options bluesky;
  x::Options x;
};

class Sandbox {
 public:
  Sandbox(SandboxOptions options, Clock* clock);
  ~Sandbox() { Stop(); }

  Status Start();
  void Stop();
  // To the platform that it names.
  Result<AccountInfo> AddAccount(const NewAccount& account);

  Platform* Find(std::string_view platform) const;  // null: there is none of that name
  const std::vector<std::unique_ptr<Platform>>& platforms() const { return platforms_; }
  std::string url(std::string_view platform = "mastodon") const { return Find(platform)->url(); }
  std::string admin_url() const { return "http://" + admin_server_->address(); }

  const SandboxOptions options;
  Shared shared;

 private:
  std::vector<std::unique_ptr<Platform>> platforms_;
  http::Router admin_;
  std::unique_ptr<http::HttpServer> admin_server_;
};

}  // namespace carillon::sandbox
