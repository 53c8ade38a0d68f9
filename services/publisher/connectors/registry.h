// Which connector speaks for which platform. Made once at start; after that read-only and thread-safe. It owns the connectors,
// which keep using `client` and `clock`: both must outlive it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/http/client.h"
#include "services/publisher/connector.h"
#include "services/publisher/connectors/mastodon/connector.h"

namespace carillon::publisher {

class ConnectorRegistry {
 public:
  // Nothing in it; for tests that bring their own connector.
  ConnectorRegistry() = default;
  // Every platform that Carillon publishes to.
  static ConnectorRegistry MakeAll(http::HttpClient& client, const Clock& clock,
                                   MastodonOptions mastodon = {});

  void Add(std::unique_ptr<Connector> connector);

  // INVALID_ARGUMENT with UNKNOWN_PLATFORM, which lists the known ones.
  Result<Connector*> Find(const std::string& platform) const;
  std::vector<std::string> Platforms() const;

 private:
  std::map<std::string, std::unique_ptr<Connector>> connectors_;
};

}  // namespace carillon::publisher
