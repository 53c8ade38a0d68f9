// A stand-in for X: the part of its API v2 that publishers and listeners use, and OAuth 2.0, at one address.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/http/router.h"
#include "common/http/server.h"
#include "services/sandbox/guarded.h"
#include "services/sandbox/platform.h"
#include "services/sandbox/rate_limit.h"
#include "services/sandbox/shared.h"
#include "services/sandbox/x/grants.h"
#include "services/sandbox/x/state.h"
#include "services/sandbox/x/streams.h"
#include "services/sandbox/x/webhooks.h"

namespace carillon::sandbox::x {

struct Options {
  std::string listen = "127.0.0.1:0";
  int threads = 2;
  int64_t rate_percent = 100;  // of X's own limits; 0: none
  absl::Duration access_ttl = absl::Hours(2);
  absl::Duration media_processing = absl::Milliseconds(150);  // of videos and GIFs
  bool is_enterprise = false;  // may reply, quote and like as it wants
  Limits limits;
};

class Api;

class X : public Platform {
 public:
  X(Options options, Shared* shared);
  ~X() override;

  std::string_view name() const override { return "x"; }
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

  const Options options;
  Shared* const shared;
  Guarded<State> state;
  Grants grants;
  Streams streams;
  Webhooks webhooks;

 private:
  http::Router router_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<http::HttpServer> server_;
};

}  // namespace carillon::sandbox::x
