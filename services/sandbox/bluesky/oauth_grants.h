// What the authorization server remembers (bluesky-social/atproto, packages/oauth/oauth-provider): pushed requests, codes, sessions whose
// refresh token is good for one use, proofs that were seen, and nonces. In memory; of too many of a kind all begin anew. Thread-safe.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "services/sandbox/bluesky/oauth_clients.h"

namespace carillon::sandbox::bluesky {

struct PushedRequest {
  std::string client, redirect_uri, scope, state, challenge, login_hint;
  std::string thumbprint;  // of the key that the proof was signed with
  std::string client_key;  // the key ("kid") that the client showed itself with; "" for a public client
};

struct OAuthTokens {
  std::string access, refresh, did, scope;
  absl::Duration lifetime;
};

class OAuthGrants {
 public:
  OAuthGrants(const Clock* clock, uint64_t seed, absl::Duration access_ttl)
      : clock_(clock), seed_(seed), access_ttl_(access_ttl) {}

  // The nonce that proofs must have now; the one before is taken too.
  std::string Nonce() const;
  // A proof for this request (RFC 9449 4.3): its key's thumbprint. INVALID_ARGUMENT with use_dpop_nonce or invalid_dpop_proof.
  Result<std::string> CheckProof(const std::string& proof, const std::string& method, const std::string& url,
                                 const std::string& access_token);
  // private_key_jwt for this client: the key's kid, "" for a public one. INVALID_ARGUMENT with invalid_client.
  Result<std::string> CheckClient(const OAuthClient& client, const std::string& type, const std::string& assertion,
                                  const std::string& issuer);

  std::string Push(PushedRequest request);  // the request_uri
  // Once, and for that client.
  Result<PushedRequest> Take(const std::string& request_uri, const std::string& client);
  std::string MakeCode(PushedRequest request, const std::string& did);

  struct Shown {  // by whoever asks for tokens
    std::string client, client_key, thumbprint;
  };
  // A code that comes again ends the session that came of it. invalid_grant.
  Result<OAuthTokens> Redeem(const std::string& code, const std::string& redirect_uri, const std::string& verifier,
                             const Shown& shown);
  // A refresh token that comes again, or from somebody else, ends its session. invalid_grant.
  Result<OAuthTokens> Refresh(const std::string& token, const Shown& shown);
  void Revoke(const std::string& token);

  struct Access {
    std::string did, scope, thumbprint;
  };
  // UNAUTHENTICATED with invalid_token.
  Result<Access> CheckAccess(const std::string& token) const;

 private:
  struct Pushed {
    PushedRequest request;
    std::string did;  // of a code: who agreed
    absl::Time until;
    std::string session;  // of a code that was redeemed
  };
  struct Session {
    PushedRequest request;
    std::string did, refresh;
  };
  // Good until its time is over or its session ends, also when there is a newer one.
  struct AccessToken {
    std::string session;
    absl::Time until;
  };

  // With mutex_ held.
  std::string Next(const char* kind);
  OAuthTokens Issue(const std::string& id);
  bool IsNew(const std::string& id);
  template <typename T>
  static void Bound(T& map);

  const Clock* const clock_;
  const uint64_t seed_;
  const absl::Duration access_ttl_;
  mutable std::mutex mutex_;
  int64_t last_ = 0;
  std::map<std::string, Pushed> requests_, codes_;
  std::map<std::string, Session> sessions_;
  std::map<std::string, AccessToken> by_access_;
  std::map<std::string, std::string> by_refresh_;  // token -> session; used ones too
  std::map<std::string, absl::Time> seen_;                     // ids of proofs and assertions
};

}  // namespace carillon::sandbox::bluesky
