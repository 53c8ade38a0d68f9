#include "common/platform/sunset.h"

namespace carillon::platform {

std::vector<Sunset> Sunsets(const Registry& registry, absl::Time now) {
  const absl::CivilDay today = absl::ToCivilDay(now, absl::UTCTimeZone());
  std::vector<Sunset> out;
  for (const auto& [platform, entry] : registry.entries()) {
    if (entry.facts == nullptr) continue;
    for (const ApiVersionFact& api : entry.facts->Apis()) {
      if (api.sunset) out.push_back({platform, api.api, api.version, *api.sunset, *api.sunset - today});
    }
  }
  return out;
}

}  // namespace carillon::platform
