// Versions of platforms' APIs that will end, by their facts: what an operator has to know months before.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <vector>

#include "common/platform/registry.h"

namespace carillon::platform {

struct Sunset {
  std::string platform;
  std::string api;
  std::string version;
  absl::CivilDay day;  // the first day without it
  int64_t days = 0;    // until then, by UTC; below 0 after it
};

// Every API whose end is announced.
std::vector<Sunset> Sunsets(const Registry& registry, absl::Time now);

}  // namespace carillon::platform
