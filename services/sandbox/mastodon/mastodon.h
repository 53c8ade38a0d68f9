// A stand-in for a Mastodon server: the part of its API that Carillon uses.
#pragma once

#include <memory>
#include <string>

#include "common/http/router.h"
#include "common/http/server.h"
#include "services/sandbox/mastodon/grants.h"
#include "services/sandbox/mastodon/store.h"
#include "services/sandbox/platform.h"
#include "services/sandbox/rate_limit.h"
#include "services/sandbox/shared.h"

namespace carillon::sandbox::mastodon {

struct Options {
  std::string listen = "127.0.0.1:0";
  int threads = 2;
  int64_t rate_limit = 3000;  // requests per account and five minutes; 0: none
  absl::Duration media_processing = absl::Milliseconds(150);  // zero: ready at once, answered 200
  Limits limits;
};

class Mastodon : public Platform {
 public:
  Mastodon(Options options, Shared* shared);

  std::string_view name() const override { return "mastodon"; }
  Status Start() override;
  void Stop() override;
  std::string url() const override { return "http://" + server_->address(); }

  Result<AccountInfo> AddAccount(const NewAccount& account) override;
  std::vector<AccountInfo> Accounts() const override;
  std::string FindAccount(const std::string& username) const override;
  std::string AuthorOf(const std::string& post) const override;
  PostTruth TruthOf(const std::string& post) const override;
  bool Has(Reaction reaction) const override;
  std::string React(Reaction reaction, int user, const std::string& account,
                    const std::string& post, const std::string& text) override;
  Status CheckFault(const Fault& fault) const override;

  const Options options;
  Shared* const shared;
  Store store;
  Grants grants;
  RateLimits rate_limits;

 private:
  http::Router router_;
  std::unique_ptr<http::HttpServer> server_;
};

}  // namespace carillon::sandbox::mastodon
