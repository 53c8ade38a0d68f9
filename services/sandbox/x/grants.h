// OAuth 2.0 with PKCE (RFC 6749, RFC 7636), as X has it: codes that are good for half a minute and once, access tokens for two
// hours, refresh tokens that are changed at each use. Clients need not be registered. Thread-safe.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "services/sandbox/x/model.h"

namespace carillon::sandbox::x {

struct Grant {
  Id user = 0;
  std::string client;
  std::set<std::string> scopes;
};

struct CodeRequest {
  Grant grant;
  std::string redirect_uri, challenge;
  bool is_hashed = true;  // code_challenge_method S256, else plain
};

struct TokenPair {
  std::string access, refresh;  // no refresh token without the scope offline.access
  std::set<std::string> scopes;
};

class Grants {
 public:
  Grants(const Clock* clock, uint64_t seed, absl::Duration access_ttl)
      : clock_(clock), seed_(seed), access_ttl_(access_ttl) {}

  std::string MakeCode(CodeRequest request);
  // INVALID_ARGUMENT, with RFC 6749's error as its reason.
  Result<TokenPair> Redeem(const std::string& code, const std::string& client,
                           const std::string& redirect_uri, const std::string& verifier);
  Result<TokenPair> Refresh(const std::string& token, const std::string& client);
  void Revoke(const std::string& token);

  // The app's own token; it does not end, and the same keys give it again. INVALID_ARGUMENT for a key that came with another secret before.
  Result<std::string> AppToken(const std::string& key, const std::string& secret);
  // The key whose token it is.
  std::optional<std::string> CheckApp(const std::string& token) const;
  // What came with the key: webhooks are signed with it.
  std::optional<std::string> SecretOf(const std::string& key) const;

  // Nothing for what is unknown or expired.
  std::optional<Grant> Check(const std::string& access_token) const;
  absl::Duration access_ttl() const { return access_ttl_; }

 private:
  template <typename T>
  struct Kept {
    T what;
    absl::Time expires_at;
  };
  template <typename T>
  using Tokens = std::map<std::string, Kept<T>>;

  // With mutex_ held.
  std::string NextToken(const char* kind);
  TokenPair Issue(const Grant& grant);
  template <typename T>
  void Keep(Tokens<T>* tokens, const std::string& token, T what, absl::Duration ttl);

  const Clock* const clock_;
  const uint64_t seed_;
  const absl::Duration access_ttl_;
  mutable std::mutex mutex_;
  int64_t last_ = 0;
  Tokens<CodeRequest> codes_;
  Tokens<Grant> access_, refresh_;
  std::map<std::string, std::string> app_tokens_;  // by key
  std::map<std::string, std::string> app_secrets_;  // as above
};

}  // namespace carillon::sandbox::x
