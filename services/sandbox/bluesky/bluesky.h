// A stand-in for Bluesky: a PDS, the AppView, the chat, the video service and a Jetstream, all at one address.
#pragma once

#include <memory>
#include <string>

#include "common/http/router.h"
#include "common/http/server.h"
#include "services/sandbox/bluesky/firehose.h"
#include "services/sandbox/bluesky/oauth_clients.h"
#include "services/sandbox/bluesky/oauth_grants.h"
#include "services/sandbox/bluesky/sessions.h"
#include "services/sandbox/bluesky/state.h"
#include "services/sandbox/guarded.h"
#include "services/sandbox/platform.h"
#include "services/sandbox/rate_limit.h"
#include "services/sandbox/shared.h"

namespace carillon::sandbox::bluesky {

struct Options {
  std::string listen = "127.0.0.1:0";
  int threads = 2;
  int64_t rate_limit = 3000;  // requests per address and five minutes; 0: none, also not of sessions
  int64_t points_per_hour = 5000;  // of writes per account; seven times as many a day; 0: none
  absl::Duration access_ttl = absl::Hours(2);
  absl::Duration video_processing = absl::Milliseconds(150);
  Limits limits;
};

class Xrpc;

class Bluesky : public Platform {
 public:
  Bluesky(Options options, Shared* shared);
  ~Bluesky() override;

  std::string_view name() const override { return "bluesky"; }
  Status Start() override;
  void Stop() override;
  std::string url() const override { return "http://" + server_->address(); }

  Result<AccountInfo> AddAccount(const NewAccount& account) override;
  std::vector<AccountInfo> Accounts() const override;
  std::string FindAccount(const std::string& username) const override;
  std::string AuthorOf(const std::string& post) const override;
  PostTruth TruthOf(const std::string& post) const override;
  bool Has(Reaction) const override { return true; }
  std::string React(Reaction reaction, int user, const std::string& account,
                    const std::string& post, const std::string& text) override;
  Status CheckFault(const Fault& fault) const override;

  struct RateLimit {
    explicit RateLimit(const Options& options)
        : requests(options.rate_limit),
          sessions(options.rate_limit == 0 ? 0 : 30),
          sessions_a_day(options.rate_limit == 0 ? 0 : 300, absl::Hours(24)),
          points(options.points_per_hour, absl::Hours(1)),
          points_a_day(7 * options.points_per_hour, absl::Hours(24)) {}
    RateLimits requests, sessions, sessions_a_day, points, points_a_day;
  };

  const Options options;
  Shared* const shared;
  Firehose firehose;
  Guarded<State> state;
  Sessions sessions;
  OAuthGrants grants;
  RateLimit rate;

 private:
  http::Router router_;
  std::unique_ptr<Xrpc> xrpc_;
  std::unique_ptr<http::HttpServer> server_;

 public:
  OAuthClients clients;  // the last to be made and the first to go: its thread answers by all of the above
};

}  // namespace carillon::sandbox::bluesky
