#include "services/listener/collectors/registry.h"

#include <fmt/ranges.h>

#include "common/base/check.h"
#include "services/listener/collectors/mastodon/collector.h"

namespace carillon::listener {

CollectorRegistry CollectorRegistry::MakeAll(http::HttpClient& client, const Clock& clock) {
  CollectorRegistry registry;
  registry.Add(MakeMastodonCollector(client, clock));
  return registry;
}

void CollectorRegistry::Add(std::unique_ptr<Collector> collector) {
  const std::string platform = collector->Platform();
  const bool added = collectors_.emplace(platform, std::move(collector)).second;
  CARILLON_CHECK(added, "two collectors for {}", platform);
}

Result<Collector*> CollectorRegistry::Find(const std::string& platform) const {
  const auto found = collectors_.find(platform);
  if (found != collectors_.end()) return found->second.get();
  const std::string known = fmt::format("{}", fmt::join(Platforms(), ", "));
  return Refuse(Code::kInvalidArgument, "UNKNOWN_PLATFORM",
                fmt::format("no collector for the platform '{}'; there are: {}", platform, known),
                {{"platform", platform}, {"known", known}});
}

std::vector<std::string> CollectorRegistry::Platforms() const {
  std::vector<std::string> out;
  for (const auto& [platform, collector] : collectors_) out.push_back(platform);
  return out;
}

}  // namespace carillon::listener
