// Sessions that OAuth makes (atproto.com/specs/oauth): what the client sends to an authorization server, and what its tokens are. An access
// token is good for an hour, a refresh token for one use; both are bound to a key that is the session's alone.
#pragma once

#include <functional>
#include <string>

#include "common/platform/bluesky/session.h"

namespace carillon::bluesky {

// Who asks an authorization server.
struct OAuthParty {
  std::string client_id;
  std::string client_key;  // secret: JWK; empty: a public client
  std::string issuer;      // the server's
  std::string dpop_key;    // secret: JWK
};
// POSTs a form with the client's authentication and a proof of the session's key. `deadline` in all; `has_effect`: a code or a refresh token
// is used up by it. It goes out twice only where the server wants a nonce, and has done nothing (dpop.h).
struct OAuthPost {
  std::string url;
  http::FormFields form;
  absl::Duration deadline;
  bool has_effect = false;
  std::function<bool()> may_send;  // may be null
};
http::HttpOutcome Post(http::HttpClient& client, const Clock& clock, const OAuthParty& party, OAuthPost post);

// What a token endpoint gave: `old` with its tokens; their owner (`sub`) becomes the session's where it has none. UNAVAILABLE: there is no token;
// FAILED_PRECONDITION with SCOPE_MISSING, or ANOTHER_ACCOUNT where the owner is another than before. No error holds a token.
Result<Session> TakeTokens(const Session& old, const platform::Json& body, absl::Time now);

// grant_type=refresh_token: kUnknown where the one refresh token may be used up.
platform::RefreshOutcome RefreshByOAuth(http::HttpClient& client, const Clock& clock,
                                        const platform::RefreshRequest& request, const Session& session);

}  // namespace carillon::bluesky
