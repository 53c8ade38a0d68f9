// How an account stands, for people. Pure.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <string>
#include <vector>

#include "carillon/publisher/v1/publisher_api.pb.h"

namespace carillon::publisher {

// What its own record does not say.
struct HealthFacts {
  std::vector<std::string> scopes_missing;
  int64_t waiting = 0;
  std::map<std::string, int> waiting_for;
  int in_doubt = 0;  // UNCONFIRMED
};

v1::AccountHealth HealthOf(const v1::Account& account, const HealthFacts& facts, absl::Time now);

}  // namespace carillon::publisher
