// Sessions as a PDS keeps them: short access tokens that it does not remember, refresh tokens that are changed at each use. The
// tokens have the form of JWTs (RFC 7519) and are signed with a key that follows from the seed. Thread-safe.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace carillon::sandbox::bluesky {

struct Tokens {
  std::string access, refresh;
};

class Sessions {
 public:
  // `service` is the server's own DID, the tokens' audience.
  Sessions(const Clock* clock, uint64_t seed, absl::Duration access_ttl);

  Tokens Create(const std::string& did, const std::string& service);
  // A refresh token that was used lives on for two hours, and gives the same successor.
  Result<Tokens> Refresh(const std::string& refresh_token, const std::string& service);
  Result<std::string> Delete(const std::string& refresh_token);  // whose it was

  // The DID of an access token. InvalidToken or ExpiredToken.
  Result<std::string> CheckAccess(const std::string& token) const;
  // A token for one method of another service, for a minute.
  std::string Service(const std::string& did, const std::string& audience, const std::string& method,
                      absl::Time expires_at);
  // The DID that it speaks for. BadJwt...
  Result<std::string> CheckService(const std::string& token, const std::string& audience,
                                   const std::string& method) const;

 private:
  struct Refreshable {
    std::string did, next;  // the successor's id; "" until it was used
    absl::Time expires_at;
  };
  std::string Sign(const std::string& type, const nlohmann::json& payload) const;
  // The payload of a token that we signed, of this type and not expired.
  Result<nlohmann::json> Read(const std::string& token, const std::string& type,
                              bool may_be_expired = false) const;
  // With mutex_ held.
  Tokens Issue(const std::string& did, const std::string& service, const std::string& id,
               absl::Time refresh_expires_at);
  std::string NextId();
  // Of too many, the expired ones go, else all.
  void Keep(const std::string& id, Refreshable refreshable);

  const Clock* const clock_;
  const uint64_t seed_;
  const absl::Duration access_ttl_;
  const std::string key_;
  mutable std::mutex mutex_;
  int64_t last_id_ = 0;
  std::map<std::string, Refreshable> refreshable_;  // by the token's id
};

}  // namespace carillon::sandbox::bluesky
