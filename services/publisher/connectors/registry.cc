#include "services/publisher/connectors/registry.h"

#include <fmt/ranges.h>

#include "common/base/check.h"

namespace carillon::publisher {

ConnectorRegistry ConnectorRegistry::MakeAll(http::HttpClient& client, const Clock& clock,
                                             MastodonOptions mastodon) {
  ConnectorRegistry registry;
  registry.Add(MakeMastodonConnector(client, clock, std::move(mastodon)));
  return registry;
}

void ConnectorRegistry::Add(std::unique_ptr<Connector> connector) {
  const std::string platform = connector->Platform();
  const bool added = connectors_.emplace(platform, std::move(connector)).second;
  CARILLON_CHECK(added, "two connectors for {}", platform);
}

Result<Connector*> ConnectorRegistry::Find(const std::string& platform) const {
  const auto found = connectors_.find(platform);
  if (found != connectors_.end()) return found->second.get();
  const std::string known = fmt::format("{}", fmt::join(Platforms(), ", "));
  return Refuse(Code::kInvalidArgument, "UNKNOWN_PLATFORM",
                fmt::format("no connector for the platform '{}'; there are: {}", platform, known),
                {{"platform", platform}, {"known", known}});
}

std::vector<std::string> ConnectorRegistry::Platforms() const {
  std::vector<std::string> out;
  for (const auto& [platform, connector] : connectors_) out.push_back(platform);
  return out;
}

}  // namespace carillon::publisher
