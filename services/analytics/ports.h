// What analytics needs of other services: what brands and goals there are, and what things are called. Thread-safe; calls block for
// a few seconds at most. Refusals of the other service pass through; a service that is away is UNAVAILABLE.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "carillon/strategy/v1/strategy.pb.h"
#include "common/base/status.h"

namespace carillon::analytics {

class Directory {
 public:
  virtual ~Directory() = default;
  // UNKNOWN_BRAND as strategy refuses it.
  virtual Result<strategy::v1::Brand> Brand(const std::string& brand, const std::string& org_id) = 0;
  virtual Result<std::vector<strategy::v1::Brand>> Brands(const std::string& org_id) = 0;
  virtual Result<std::vector<strategy::v1::Goal>> Goals(const std::string& brand_id) = 0;
  virtual Result<std::vector<strategy::v1::Campaign>> Campaigns(const std::string& brand_id) = 0;
  // By account id. Names only decorate: whoever cannot get them goes on without.
  virtual Result<std::map<std::string, std::string>> Usernames(const std::string& brand_id) = 0;
};

}  // namespace carillon::analytics
