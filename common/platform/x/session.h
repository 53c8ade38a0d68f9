// What is kept, sealed, for an account on X: an OAuth 2.0 user token and what renews it (docs.x.com/fundamentals/authentication/oauth-2-0).
// A refresh token is good for one use.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/http/client.h"
#include "common/platform/connector.h"

namespace carillon::x {

// As JSON in AccountAccess::access_token, or the bare access token where there is nothing else. All of it is secret.
struct Session {
  std::string access_token;
  std::string refresh_token;                // empty: the access token ends, and that is that
  std::optional<absl::Time> expires_at;     // of the access token
  std::string client_id;                    // of the app that got the tokens
  std::string client_secret;                // only of a confidential client
  std::string scope;                        // what was granted, as the token answer says it; empty: not known
};

// {"access_token": ..., "refresh_token": ..., "expires_at": "2026-11-22T20:00:00Z", "client_id": ..., "client_secret": ..., "scope": ...}, or a bare
// access token; all but the access token may be left out, but no refresh token without its client_id. A person may also give
// "expires_in", in seconds from `now`. INVALID_ARGUMENT with BAD_TOKEN, which says how it should look.
Result<Session> ReadSession(std::string_view secret, absl::Time now);
std::string ToSecret(const Session& session);

// At the token endpoints: a public client names itself in the form, a confidential one shows its secret.
void Authenticate(http::HttpRequest& request, const std::string& client_id, const std::string& client_secret);

// POST /2/oauth2/token: one request, never repeated in here. `lifetime` is what an access token lasts where the answer does not say.
platform::RefreshOutcome Refresh(http::HttpClient& client, const Clock& clock,
                                 const platform::RefreshRequest& request, absl::Duration lifetime);

}  // namespace carillon::x
