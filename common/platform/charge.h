// What a connector needs to say which limits a request counts against, and which scopes are missing. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/platform/connector.h"

namespace carillon::platform {

// The fact "rate.NAME". `cost` 0: the answer's headers tell of it, and nothing is counted.
inline RateCharge ChargeOf(const Facts& facts, const std::string& name, int64_t cost = 1) {
  return {name, facts.Rate("rate." + name), cost};
}

// "read write" -> {"read", "write"}: scopes as OAuth 2.0 separates them (RFC 6749 3.3).
std::vector<std::string> ScopesIn(std::string_view text);
// Those of `needed` that are not in `granted`.
std::vector<std::string> ScopesMissing(std::string_view needed, const std::vector<std::string>& granted);

}  // namespace carillon::platform
