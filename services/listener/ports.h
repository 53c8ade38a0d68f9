// What the listener needs of others. Thread-safe; calls block for at most their own timeout (named
// in each).
#pragma once

#include <string>

#include "carillon/publisher/v1/publisher.pb.h"
#include "common/base/status.h"
#include "common/platform/collector.h"

namespace carillon::listener {

// Short-lived access to an account's platform, lent by the publisher, which alone owns credentials
// (DESIGN 2.6.8).
class AccessSource {
 public:
  virtual ~AccessSource() = default;
  // Kept in memory until its validity ends. Blocks for at most 5 s.
  virtual Result<platform::CollectorAccess> Lend(const std::string& account_id) = 0;
  // The platform refused it: the next Lend asks anew.
  virtual void Drop(const std::string& account_id) = 0;
};

// Accounts as the publisher knows them, for their limits; at most ten minutes old. Blocks for at
// most 5 s.
class AccountSource {
 public:
  virtual ~AccountSource() = default;
  virtual Result<publisher::v1::Account> Account(const std::string& account_id) = 0;
};

}  // namespace carillon::listener
