// OAuth 2.0 as Mastodon 4.3 has it (docs.joinmastodon.org/spec/oauth): apps that register by a call, codes that are good for ten minutes and
// once, PKCE by S256 where a code was asked for with it. Tokens do not end; the store knows them. Thread-safe.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace carillon::sandbox::mastodon {

struct App {
  std::string id, secret, name, scopes;
  std::vector<std::string> redirect_uris;
};

struct CodeRequest {
  std::string client, redirect_uri, scopes;
  std::string challenge;  // empty: without PKCE
  int64_t account = 0;
};

class Grants {
 public:
  Grants(const Clock* clock, uint64_t seed) : clock_(clock), seed_(seed) {}

  App Register(std::string name, std::vector<std::string> redirect_uris, std::string scopes);
  std::optional<App> Find(const std::string& client) const;
  std::string MakeCode(CodeRequest request);
  // What was agreed to. INVALID_ARGUMENT with RFC 6749's error as its reason; UNAUTHENTICATED with invalid_client.
  Result<CodeRequest> Redeem(const std::string& code, const std::string& client, const std::string& secret,
                             const std::string& redirect_uri, const std::string& verifier);
  // Of what was redeemed.
  std::string NewToken(const CodeRequest& granted);
  // The app that got the token, with the scopes that were granted; nothing for a token of the accounts file.
  std::optional<App> AppOf(const std::string& token) const;

 private:
  std::string Next(const char* kind);  // with mutex_ held

  struct Kept {
    CodeRequest request;
    absl::Time expires_at;
  };
  const Clock* const clock_;
  const uint64_t seed_;
  mutable std::mutex mutex_;
  int64_t last_ = 0;
  std::map<std::string, App> apps_;
  std::map<std::string, Kept> codes_;
  std::map<std::string, App> by_token_;
};

}  // namespace carillon::sandbox::mastodon
