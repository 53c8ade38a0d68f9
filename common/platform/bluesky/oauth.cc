#include "common/platform/bluesky/oauth.h"

#include "common/http/url_guard.h"
#include "common/jose/client_assertion.h"
#include "common/jose/es256.h"
#include "common/platform/bluesky/authorization_server.h"
#include "common/platform/bluesky/oauth_session.h"
#include "common/platform/redact.h"

namespace carillon::bluesky {
namespace {

using platform::GetText;
using platform::Json;

constexpr char kClientName[] = "Carillon";
constexpr char kLocalhostClient[] = "http://localhost";
constexpr size_t kRequestUriBytesMax = 1'024;

// What Redeem() needs beside the code.
struct Kept {
  std::string did;  // who is to sign in; empty: whoever does
  std::string issuer, token_endpoint, dpop_key;
};

std::string ToText(const Kept& kept) {
  return Json{{"did", kept.did}, {"issuer", kept.issuer}, {"token_endpoint", kept.token_endpoint}, {"dpop_key", kept.dpop_key}}.dump();
}

Result<Kept> ReadKept(const std::string& text) {
  const auto json = platform::ParseJson(text);
  if (!json || GetText(*json, "dpop_key").empty()) return MakeStatus(Code::kDataLoss, "what was kept of the flow cannot be read");
  return Kept{GetText(*json, "did"), GetText(*json, "issuer"), GetText(*json, "token_endpoint"), GetText(*json, "dpop_key")};
}

// atproto.com/specs/oauth, "Localhost Client Development": there the redirect goes to an address, not to the name localhost.
bool IsLoopback(const std::string& redirect_uri) {
  const auto parts = http::CheckUrl(redirect_uri, /*allow_private_addresses=*/true);
  return parts.ok() && parts->scheme == "http" && (parts->host == "127.0.0.1" || parts->host == "::1");
}

Status Refused(const http::HttpResponse& response, const std::string& issuer, const platform::StartRequest& request) {
  const auto body = platform::ParseJson(response.body);
  const std::string error = body ? GetText(*body, "error") : "", more = body ? GetText(*body, "error_description") : "";
  const std::string host = platform::HostOf(issuer);
  const std::string text = platform::Shown(fmt::format("{} does not begin to authorize: {}{}{}{}{}", host, response.status,
                                                       error.empty() ? "" : ": ", error, more.empty() ? "" : ": ", more),
                                           request.request.state, request.request.challenge);
  const bool own_word = !error.empty() && response.status >= 400 && response.status < 500 && response.status != 429;
  if (own_word) return Refuse(Code::kFailedPrecondition, "START_REFUSED", text, {{"host", host}});
  return MakeStatus(Code::kUnavailable, text);
}

class BlueskyOAuth : public platform::OAuth {
 public:
  BlueskyOAuth(http::HttpClient& client, const Clock& clock, const platform::Facts& facts)
      : client_(client), clock_(clock), facts_(facts) {}

  std::string Platform() const override { return "bluesky"; }
  bool HasOwnClients() const override { return true; }

  Result<platform::OwnClient> MakeClient(const std::string& document_url, const std::string& redirect_uri) const override {
    platform::OwnClient client;
    client.app.redirect_uri = redirect_uri;
    if (IsLoopback(redirect_uri) && facts_.Flag("token.localhost_client")) {
      client.app.client_id = fmt::format("{}?{}", kLocalhostClient,
                                         http::EncodeForm({{"redirect_uri", redirect_uri}, {"scope", Scopes()}}));
      return client;
    }
    const jose::Es256Key key = jose::Es256Key::New();
    client.app.client_id = document_url;
    client.app.client_secret = key.ToJwk();
    client.public_key = key.public_key().ToJwk();
    return client;
  }

  Result<std::string> ClientDocument(const platform::OwnClient& client) const override {
    ASSIGN_OR_RETURN(const jose::Es256PublicKey key, jose::Es256PublicKey::FromJwk(client.public_key));
    ASSIGN_OR_RETURN(const http::UrlParts url, http::CheckUrl(client.app.client_id, /*allow_private_addresses=*/true));
    const Json jwk = Json::parse(jose::ToClientJwk(key));
    return Json{{"client_id", client.app.client_id},
                {"client_name", kClientName},
                {"client_uri", url.origin},
                {"application_type", "web"},
                {"redirect_uris", Json::array({client.app.redirect_uri})},
                {"grant_types", Json::array({"authorization_code", "refresh_token"})},
                {"response_types", Json::array({"code"})},
                {"scope", Scopes()},
                {"dpop_bound_access_tokens", true},
                {"token_endpoint_auth_method", "private_key_jwt"},
                {"token_endpoint_auth_signing_alg", "ES256"},
                {"jwks", {{"keys", Json::array({jwk})}}}}
        .dump();
  }

  Result<platform::StartedFlow> Start(const platform::OAuthApp& app, const platform::StartRequest& request,
                                      absl::Duration timeout) override {
    IdentityReader reader(client_, clock_, facts_, clock_.BootTime() + timeout);
    Identity who;
    if (!request.handle.empty()) {
      ASSIGN_OR_RETURN(who, reader.Resolve(request.handle));
    }
    ASSIGN_OR_RETURN(const AuthorizationServer server, FindAuthorizationServer(reader, who.pds.empty() ? request.base_url : who.pds));
    const Kept kept{who.did, server.issuer, server.token_endpoint, jose::Es256Key::New().ToJwk()};
    ASSIGN_OR_RETURN(const std::string request_uri, Push(app, request, who, server, kept, reader.Left()));
    platform::StartedFlow flow;
    flow.authorization_url = fmt::format(
        "{}{}client_id={}&request_uri={}", server.authorization_endpoint,
        server.authorization_endpoint.find('?') == std::string::npos ? "?" : "&", http::EncodeComponent(app.client_id),
        http::EncodeComponent(request_uri));
    flow.base_url = request.base_url.empty() ? who.pds : request.base_url;
    flow.issuer = server.issuer;
    flow.kept = ToText(kept);
    return flow;
  }

  // Flows are begun by Start().
  std::string AuthorizationUrl(const platform::OAuthApp&, const platform::AuthorizationRequest&) const override { return ""; }

  Result<std::string> Redeem(const platform::OAuthApp& app, const platform::CodeGrant& grant, absl::Duration timeout) override {
    ASSIGN_OR_RETURN(const Kept kept, ReadKept(grant.kept));
    platform::OAuthApp asked = app;
    asked.base_url = kept.issuer;
    const http::HttpOutcome outcome =
        Post(client_, clock_, {app.client_id, app.client_secret, kept.issuer, kept.dpop_key},
             {.url = kept.token_endpoint, .form = platform::CodeForm(app, grant), .deadline = timeout, .has_effect = true});
    ASSIGN_OR_RETURN(const std::string text, platform::RedeemedBody(outcome, asked, grant));
    Session session;
    session.did = kept.did;
    session.dpop_key = kept.dpop_key;
    session.issuer = kept.issuer;
    session.token_endpoint = kept.token_endpoint;
    session.client_id = app.client_id;
    session.client_key = app.client_secret;
    ASSIGN_OR_RETURN(session, TakeTokens(session, *platform::ParseJson(text), clock_.Now()));
    if (session.refresh.empty()) {
      const std::string host = platform::HostOf(kept.issuer);
      return Refuse(Code::kFailedPrecondition, "NO_REFRESH_TOKEN", fmt::format("{} gave no refresh token", host), {{"host", host}});
    }
    // With a time of its own: the code is used up.
    IdentityReader reader(client_, clock_, facts_, clock_.BootTime() + timeout);
    ASSIGN_OR_RETURN(session.pds, PdsOf(session.did, kept.issuer, reader));
    return ToSecret(session);
  }

  // The refresh token's end is the session's (bluesky-social/atproto, packages/oauth/oauth-provider).
  Status Revoke(const platform::OAuthApp& app, const std::string& secret, absl::Duration timeout) override {
    ASSIGN_OR_RETURN(const Session session, ReadSession(secret));
    if (!session.is_oauth()) return OAuth::Revoke(app, secret, timeout);
    IdentityReader reader(client_, clock_, facts_, clock_.BootTime() + timeout);
    ASSIGN_OR_RETURN(const AuthorizationServer server, ReadAuthorizationServer(reader, session.issuer));
    if (server.revocation_endpoint.empty()) return OAuth::Revoke(app, secret, timeout);
    const std::string& token = session.refresh.empty() ? session.access : session.refresh;
    const http::HttpOutcome outcome =
        Post(client_, clock_, {session.client_id, session.client_key, session.issuer, session.dpop_key},
             {.url = server.revocation_endpoint, .form = {{"token", token}}, .deadline = reader.Left(), .has_effect = true});
    return platform::RevocationStatus(outcome, platform::HostOf(session.issuer), token);
  }

 private:
  const std::string& Scopes() const { return facts_.Text("token.scopes"); }

  Result<std::string> Push(const platform::OAuthApp& app, const platform::StartRequest& request, const Identity& who,
                           const AuthorizationServer& server, const Kept& kept, absl::Duration timeout) {
    http::FormFields form = {{"response_type", "code"},
                             {"redirect_uri", app.redirect_uri},
                             {"scope", Scopes()},
                             {"state", request.request.state},
                             {"code_challenge", request.request.challenge},
                             {"code_challenge_method", "S256"}};
    if (!who.did.empty()) form.emplace_back("login_hint", who.handle.empty() ? who.did : who.handle);
    const http::HttpOutcome outcome =
        Post(client_, clock_, {app.client_id, app.client_secret, server.issuer, kept.dpop_key},
             {.url = server.par_endpoint, .form = std::move(form), .deadline = timeout});
    if (!outcome.ok()) return StatusOfFailure(outcome, {server.issuer, ""});
    const auto body = platform::ParseJson(outcome.response->body);
    if (!outcome.response->ok() || !body) return Refused(*outcome.response, server.issuer, request);
    const std::string request_uri = GetText(*body, "request_uri");
    if (!request_uri.empty() && request_uri.size() <= kRequestUriBytesMax) return request_uri;
    return MakeStatus(Code::kUnavailable, fmt::format("{} gave no request_uri", platform::HostOf(server.issuer)));
  }

  // A server may say of anybody that he has agreed: it is believed only of those whose own document leads to it.
  Result<std::string> PdsOf(const std::string& did, const std::string& issuer, IdentityReader& reader) {
    ASSIGN_OR_RETURN(const Identity owner, reader.ReadDid(did));
    ASSIGN_OR_RETURN(const std::string own_issuer, IssuerOf(reader, owner.pds));
    if (own_issuer == issuer) return owner.pds;
    return Refuse(Code::kFailedPrecondition, "BAD_IDENTITY",
                  fmt::format("{} does not answer for {}", platform::HostOf(issuer), did), {{"did", did}});
  }

  http::HttpClient& client_;
  const Clock& clock_;
  const platform::Facts& facts_;
};

}  // namespace

std::unique_ptr<platform::OAuth> MakeOAuth(http::HttpClient& client, const Clock& clock, const platform::Facts& facts) {
  return std::make_unique<BlueskyOAuth>(client, clock, facts);
}

}  // namespace carillon::bluesky
