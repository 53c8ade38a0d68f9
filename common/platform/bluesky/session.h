// What is kept, sealed, for a Bluesky account: its session. An app password is given once and becomes one (com.atproto.server.createSession
// allows 300 a day, a refresh is not counted); or OAuth made it (oauth_session.h).
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/platform/bluesky/api.h"
#include "common/platform/connector.h"

namespace carillon::bluesky {

// As JSON in AccountAccess::access_token. All of it is secret.
struct Session {
  std::string did;
  std::string handle;
  std::string access;   // accessJwt
  std::string refresh;  // refreshJwt: another one comes with each use

  // Only of one that OAuth made; the tokens are good with proofs alone.
  std::string dpop_key;        // the key (JWK) that they are bound to
  std::string pds;             // where they are good, which may be elsewhere than the account's base_url
  std::string issuer;          // the authorization server that gave them
  std::string token_endpoint;  // its address for the next ones
  std::string client_id;
  std::string client_key;      // the client's key (JWK); empty: a public client
  std::optional<absl::Time> expires_at{};  // of the access token

  bool is_oauth() const { return !dpop_key.empty(); }
};

// What a person gives: {"identifier": "brand.example", "app_password": "xxxx-xxxx-xxxx-xxxx"}, or the two words "brand.example
// xxxx-xxxx-xxxx-xxxx". INVALID_ARGUMENT with BAD_TOKEN, which says how it should look.
struct AppPassword {
  std::string identifier;
  std::string password;  // secret
};
Result<AppPassword> ReadAppPassword(std::string_view secret);

std::string ToSecret(const Session& session);
// INVALID_ARGUMENT with BAD_TOKEN if it is none.
Result<Session> ReadSession(std::string_view secret);

// `base_url` is the account's.
Access AccessOf(const std::string& base_url, const Session& session);
// What the listener gets: an access token that ends soon, alone; of OAuth's with its key and its PDS, for without proofs it opens nothing.
// Neither the refresh token nor the client's key is in it, so it renews nothing. Secret.
std::string ToLent(const Session& session);
Access ReadLent(const std::string& base_url, const std::string& lent);

// When an access token ends: the claim `exp` of the JWT (RFC 7519 4.1.4), unverified: it is ours to use, not to trust.
std::optional<absl::Time> ExpiryOf(std::string_view jwt);

// com.atproto.server.createSession. Blocks.
Result<Session> Create(http::HttpClient& client, const Clock& clock, const std::string& base_url,
                       const AppPassword& given, absl::Duration timeout);

// com.atproto.server.refreshSession: one request, never repeated in here. A refresh token that was used is good for two hours more, and
// then brings the same next one (bluesky-social/atproto, packages/pds, rotateRefreshToken), so what is lost may be asked again: it is
// told as kNotSent, never as kUnknown. A server that keeps no such grace will say ExpiredToken: kRefused.
platform::RefreshOutcome Refresh(http::HttpClient& client, const Clock& clock,
                                 const platform::RefreshRequest& request);

}  // namespace carillon::bluesky
