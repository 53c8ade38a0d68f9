// Every platform that Carillon knows: its facts, what it can do, its connector, which publishes, and its collector, which reads. Made once
// at start; after that read-only and thread-safe. It owns all of them, and they keep using `client` and `clock`: these must outlive it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/http/client.h"
#include "common/platform/capability.h"
#include "common/platform/collector.h"
#include "common/platform/connector.h"
#include "common/platform/facts.h"
#include "common/platform/mastodon/connector.h"
#include "common/platform/oauth.h"
#include "common/platform/stream.h"
#include "common/platform/webhook.h"

namespace carillon::platform {

struct Options {
  mastodon::ConnectorOptions mastodon;
  // Files PLATFORM.json in here override facts; empty: none do.
  std::string facts_dir;
  // Where Bluesky's public commits are told; empty: as the facts say.
  std::string jetstream_url;
};

class Registry {
 public:
  // Nothing in it; for tests that bring their own platform.
  Registry() = default;
  // Every platform. INVALID_ARGUMENT with BAD_FACTS: a file of `facts_dir` is wrong.
  static Result<Registry> MakeAll(http::HttpClient& client, const Clock& clock,
                                  const Options& options = {});

  void Add(std::unique_ptr<Connector> connector);
  void Add(std::unique_ptr<Collector> collector);
  void Add(std::unique_ptr<Streamer> streamer);
  void Add(std::unique_ptr<OAuth> oauth);
  void Add(std::unique_ptr<Webhook> webhook);

  // INVALID_ARGUMENT with UNKNOWN_PLATFORM, which lists the known ones.
  Result<Connector*> FindConnector(const std::string& platform) const;
  Result<Collector*> FindCollector(const std::string& platform) const;
  // Null: nothing is pushed there.
  Streamer* FindStreamer(const std::string& platform) const;
  // Also FAILED_PRECONDITION with OAUTH_NOT_BUILT.
  Result<OAuth*> FindOAuth(const std::string& platform) const;
  // Also FAILED_PRECONDITION with WEBHOOKS_NOT_BUILT.
  Result<Webhook*> FindWebhook(const std::string& platform) const;

  struct Entry {
    std::unique_ptr<Facts> facts;                           // null in a test's own
    const std::vector<Capability>* capabilities = nullptr;  // as above
    std::unique_ptr<Connector> connector;
    std::unique_ptr<Collector> collector;
    std::unique_ptr<Streamer> streamer;
    std::unique_ptr<OAuth> oauth;      // null where it is not built
    std::unique_ptr<Webhook> webhook;  // as above
  };
  // By name.
  const std::map<std::string, Entry>& entries() const { return entries_; }

 private:
  Result<Facts*> AddFacts(std::string_view json, const std::vector<Capability>& capabilities,
                          const std::string& facts_dir);
  Status CheckOverrides(const std::string& facts_dir) const;
  Status Unknown(const std::string& platform) const;

  std::map<std::string, Entry> entries_;
};

}  // namespace carillon::platform
