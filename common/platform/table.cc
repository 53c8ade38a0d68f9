#include "common/platform/table.h"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::platform {

std::string CapabilityTable(const Registry& registry) {
  std::string head = "|", line = "|---|", out;
  for (const auto& [name, entry] : registry.entries()) {
    if (entry.facts == nullptr) continue;
    head += fmt::format(" | {}", entry.facts->name());
    line += "---|";
  }
  out = head + " |\n" + line + "\n";
  for (const CapabilityName& row : CapabilityNames()) {
    out += fmt::format("| {}", row.what);
    for (const auto& [name, entry] : registry.entries()) {
      if (entry.facts == nullptr) continue;
      const auto found =
          std::find_if(entry.capabilities->begin(), entry.capabilities->end(),
                       [&](const Capability& capability) { return capability.name == row.name; });
      out += fmt::format(" | {}", found == entry.capabilities->end() ? "" : SupportName(found->support));
    }
    out += " |\n";
  }
  return out;
}

}  // namespace carillon::platform
