// What the listener needs of others. Thread-safe; calls block for at most their own timeout (named
// in each).
#pragma once

#include <string>

#include "carillon/publisher/v1/publisher.pb.h"
#include "common/base/status.h"
#include "common/platform/collector.h"
#include "common/platform/stream.h"

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

  // As an app of the organization, where it has one for that platform; NOT_FOUND with NO_APP_TOKEN where not. Blocks for at most 5 s.
  virtual Result<platform::AppAccess> LendApp(const std::string& org_id, const std::string& platform) {
    (void)org_id;
    return Refuse(Code::kNotFound, "NO_APP_TOKEN", "there is no app of " + platform + " with a token of its own");
  }
  virtual void DropApp(const std::string& org_id, const std::string& platform) { (void)org_id, (void)platform; }
};

// Accounts as the publisher knows them, for their limits; at most ten minutes old. Blocks for at
// most 5 s.
class AccountSource {
 public:
  virtual ~AccountSource() = default;
  virtual Result<publisher::v1::Account> Account(const std::string& account_id) = 0;
};

// Apps as the publisher knows them.
class AppSource {
 public:
  virtual ~AppSource() = default;
  // Whether what is pushed for the app can be checked; false also for one that is unknown or was removed. Blocks for at most 5 s.
  virtual Result<bool> HasWebhookSecret(const std::string& org_id, const std::string& app_id) = 0;
};

}  // namespace carillon::listener
