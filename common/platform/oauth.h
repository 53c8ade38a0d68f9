// The OAuth port: how a person connects an account by OAuth 2.0, the authorization code grant with PKCE (RFC 6749 4.1, RFC 7636, RFC 9700).
// A platform that has it implements this beside its Connector. What comes of it is a secret as Connector::Verify() takes it. Thread-safe.
#pragma once

#include <absl/time/time.h>

#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/http/client.h"

namespace carillon::platform {

struct OAuthApp {
  std::string base_url;  // the API's origin
  std::string client_id;
  std::string client_secret;  // secret; empty: a public client
  std::string redirect_uri;
};

// An app whose client_id is the address of a document of ours, or tells all of itself (atproto.com/specs/oauth, "Clients"): it is registered
// nowhere, and one serves all servers.
struct OwnClient {
  OAuthApp app;            // its client_secret: the private key, as JWK
  std::string public_key;  // the other half, as JWK; empty: a public client, without a document
};

struct AuthorizationRequest {
  std::string state;      // secret
  std::string challenge;  // ChallengeOf() the verifier
};

// What is known of a flow before anybody is asked. One of both may be empty.
struct StartRequest {
  AuthorizationRequest request;
  std::string base_url;  // as a person gave it, or of the account that is to be connected again
  std::string handle;    // who will sign in: handle, DID, or the remote id of that account
};

// How a flow was begun at the server that answers for that account.
struct StartedFlow {
  std::string authorization_url;  // what the person opens
  std::string base_url;           // of the account that comes of it
  std::string issuer;             // whom the callback must name (RFC 9207)
  std::string kept;               // secret: what Redeem() needs beside the code
};

struct CodeGrant {
  std::string code;      // secret, good for one use
  std::string verifier;  // secret
  std::string kept;      // secret: StartedFlow::kept, where there is one
};

// What an app is known by where it asks for a token of its own.
struct AppKeys {
  std::string base_url;
  std::string key;
  std::string secret;  // secret
};

class OAuth {
 public:
  virtual ~OAuth() = default;
  virtual std::string Platform() const = 0;

  // "https://api.x.com"; empty where every server is its own.
  virtual std::string UsualBaseUrl() const { return ""; }
  // Whether apps are registered by Register(), or by a person at the platform.
  virtual bool RegistersByCall() const { return false; }
  // Whether its apps are OwnClients, and its flows are begun by Start() in place of AuthorizationUrl().
  virtual bool HasOwnClients() const { return false; }

  // Registers an app at a server; blocks on HTTP up to `timeout`.
  virtual Result<OAuthApp> Register(const std::string& base_url, const std::string& redirect_uri,
                                    absl::Duration timeout);
  // A new client with a new key. `document_url` is where ClientDocument() of it will be served. Pure but for the key.
  virtual Result<OwnClient> MakeClient(const std::string& document_url, const std::string& redirect_uri) const;
  // What is served there: JSON, public. `client.app` without its secret.
  virtual Result<std::string> ClientDocument(const OwnClient& client) const;
  // Finds the server that answers for the account, and begins there (RFC 9126). Changes nothing that lasts; blocks on HTTP up to `timeout`.
  virtual Result<StartedFlow> Start(const OAuthApp& app, const StartRequest& request, absl::Duration timeout);
  // The app's own token (RFC 6749 4.4); the same keys give a token again. FAILED_PRECONDITION with KEYS_REFUSED is the platform's own word;
  // with NO_APP_TOKENS: this platform has none. Blocks on HTTP up to `timeout`.
  virtual Result<std::string> AppToken(const AppKeys& keys, absl::Duration timeout);
  // What the person opens.
  virtual std::string AuthorizationUrl(const OAuthApp& app, const AuthorizationRequest& request) const = 0;
  // The token endpoint: one request, never repeated in here. FAILED_PRECONDITION with CODE_REFUSED is the platform's own word;
  // NO_REFRESH_TOKEN: it gave none, and access tokens end; UNAVAILABLE for all else: the code may be used up.
  virtual Result<std::string> Redeem(const OAuthApp& app, const CodeGrant& grant, absl::Duration timeout) = 0;
  // Ends the tokens in `secret`, which Redeem() made of this app, or Connector::Refresh() after it (RFC 7009). OK: the platform says that they are
  // good for nothing; asked again it says so again. FAILED_PRECONDITION with REVOCATION_REFUSED is its own word, with NO_REVOCATION: it has no
  // such call; else UNAVAILABLE. Blocks on HTTP up to `timeout` in all. By default NO_REVOCATION.
  virtual Status Revoke(const OAuthApp& app, const std::string& secret, absl::Duration timeout);
};

// 43 characters of base64url: 256 random bits. For `state` and for code verifiers (RFC 7636 4.1).
std::string NewOAuthSecret();
// base64url(SHA-256(verifier)), code_challenge_method S256.
std::string ChallengeOf(std::string_view verifier);

// "URL?..." with the parameters of RFC 6749 4.1.1 and RFC 7636 4.3; `more` are the platform's own.
std::string MakeAuthorizationUrl(std::string_view url, const OAuthApp& app, const AuthorizationRequest& request,
                                 std::string_view scopes, const http::FormFields& more = {});
// The form of RFC 6749 4.1.3 with the verifier, without the client's authentication.
http::FormFields CodeForm(const OAuthApp& app, const CodeGrant& grant);
// The token endpoint's JSON, or why there is none. No secret of `app` or `grant` is in an error.
Result<std::string> RedeemedBody(const http::HttpOutcome& outcome, const OAuthApp& app, const CodeGrant& grant);
// What a revocation endpoint's answer means for OAuth::Revoke(). `host` is who was asked; nothing of `token` is in an error.
Status RevocationStatus(const http::HttpOutcome& outcome, const std::string& host, const std::string& token);

}  // namespace carillon::platform
