// The authorization server of the PDS, and who its accounts are: metadata, pushed requests, the page where an account's owner would agree
// (here: whoever the admin API named), the token endpoint, and a directory of DIDs.
#include "common/http/form.h"
#include "services/sandbox/bluesky/views.h"
#include "services/sandbox/bluesky/xrpc.h"
#include "services/sandbox/json_input.h"

namespace carillon::sandbox::bluesky {
namespace {

using http::ServerRequest;
using http::ServerResponse;
using nlohmann::json;

constexpr size_t kFieldBytesMax = 4'096;
constexpr int64_t kRequestLifetimeS = 300;

std::string IssuerOf(const ServerRequest& request) { return "http://" + request.Header("Host"); }

ServerResponse WithNonce(Bluesky* server, ServerResponse response) {
  response.headers.emplace_back("DPoP-Nonce", server->grants.Nonce());
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

ServerResponse OAuthError(Bluesky* server, const Status& status) {
  const std::string reason = ReasonOf(status);
  return WithNonce(server, Answer({{"error", reason.empty() ? "server_error" : reason},
                                   {"error_description", carillon::Message(status)}},
                                  reason.empty() ? 500 : reason == "invalid_client" ? 401 : 400));
}

struct Form {
  http::FormFields fields;
  std::string Get(std::string_view name) const {
    for (const auto& [key, value] : fields) {
      if (key == name) return value.size() <= kFieldBytesMax ? value : "";
    }
    return "";
  }
};

ServerResponse ResourceMetadata(const ServerRequest& request) {
  const std::string origin = IssuerOf(request);
  return Answer({{"resource", origin},
                 {"authorization_servers", json::array({origin})},
                 {"scopes_supported", json::array()},
                 {"bearer_methods_supported", json::array({"header"})},
                 {"resource_documentation", "https://atproto.com"}});
}

ServerResponse ServerMetadata(const ServerRequest& request) {
  const std::string issuer = IssuerOf(request);
  return Answer({{"issuer", issuer},
                 {"scopes_supported", json::array({"atproto", "transition:generic", "transition:chat.bsky"})},
                 {"subject_types_supported", json::array({"public"})},
                 {"response_types_supported", json::array({"code"})},
                 {"response_modes_supported", json::array({"query"})},
                 {"grant_types_supported", json::array({"authorization_code", "refresh_token"})},
                 {"code_challenge_methods_supported", json::array({"S256"})},
                 {"authorization_response_iss_parameter_supported", true},
                 {"authorization_endpoint", issuer + "/oauth/authorize"},
                 {"token_endpoint", issuer + "/oauth/token"},
                 {"token_endpoint_auth_methods_supported", json::array({"none", "private_key_jwt"})},
                 {"token_endpoint_auth_signing_alg_values_supported", json::array({"ES256"})},
                 {"revocation_endpoint", issuer + "/oauth/revoke"},
                 {"pushed_authorization_request_endpoint", issuer + "/oauth/par"},
                 {"require_pushed_authorization_requests", true},
                 {"dpop_signing_alg_values_supported", json::array({"ES256"})},
                 {"client_id_metadata_document_supported", true}});
}

Result<PushedRequest> ReadRequest(const Form& form, const OAuthClient& client, const OAuthGrants::Shown& shown) {
  PushedRequest request{client.id, form.Get("redirect_uri"), form.Get("scope"), form.Get("state"), form.Get("code_challenge"),
                        form.Get("login_hint"), shown.thumbprint, shown.client_key};
  const auto bad = [](const char* what) { return Refuse(Code::kInvalidArgument, "invalid_request", what); };
  if (form.Get("response_type") != "code") return bad("response_type must be code");
  if (!client.MayRedirectTo(request.redirect_uri)) return bad("Invalid redirect_uri");
  if (request.challenge.size() != 43 || form.Get("code_challenge_method") != "S256") {
    return bad("code_challenge and code_challenge_method=S256 are needed");
  }
  if (!client.MayAskFor(request.scope)) {
    return Refuse(Code::kInvalidArgument, "invalid_scope", "Scope is not declared in the client metadata, or without atproto");
  }
  return request;
}

ServerResponse TokenAnswer(Bluesky* server, const OAuthTokens& tokens) {
  return WithNonce(server, Answer({{"access_token", tokens.access},
                                   {"token_type", "DPoP"},
                                   {"refresh_token", tokens.refresh},
                                   {"scope", tokens.scope},
                                   {"expires_in", absl::ToInt64Seconds(tokens.lifetime)},
                                   {"sub", tokens.did}}));
}

ServerResponse Pushed(Bluesky* server, const Form& form, const OAuthClient& client, const OAuthGrants::Shown& shown) {
  auto request = ReadRequest(form, client, shown);
  if (!request.ok()) return OAuthError(server, request.status());
  return WithNonce(server, Answer({{"request_uri", server->grants.Push(*std::move(request))}, {"expires_in", kRequestLifetimeS}}, 201));
}

ServerResponse Token(Bluesky* server, const Form& form, const OAuthClient&, const OAuthGrants::Shown& shown) {
  const std::string type = form.Get("grant_type");
  const Result<OAuthTokens> tokens =
      type == "authorization_code"
          ? server->grants.Redeem(form.Get("code"), form.Get("redirect_uri"), form.Get("code_verifier"), shown)
      : type == "refresh_token"
          ? server->grants.Refresh(form.Get("refresh_token"), shown)
          : Result<OAuthTokens>(Refuse(Code::kInvalidArgument, "unsupported_grant_type", "Grant type is not supported"));
  return tokens.ok() ? TokenAnswer(server, *tokens) : OAuthError(server, tokens.status());
}

ServerResponse Revoke(Bluesky* server, const Form& form, const OAuthClient&, const OAuthGrants::Shown&) {
  server->grants.Revoke(form.Get("token"));
  return WithNonce(server, Answer(json::object()));
}

using Endpoint = ServerResponse (*)(Bluesky*, const Form&, const OAuthClient&, const OAuthGrants::Shown&);

// The proof first, then the client, then what it wants.
ServerResponse Asked(Bluesky* server, const ServerRequest& request, Endpoint endpoint) {
  ++server->counts.requests;
  auto fields = http::ParseForm(request.body, 50);
  if (!fields) return OAuthError(server, Refuse(Code::kInvalidArgument, "invalid_request", "the form has too many fields"));
  const std::string issuer = IssuerOf(request);
  const auto thumbprint = server->grants.CheckProof(request.Header("DPoP"), request.method, issuer + request.path, "");
  if (!thumbprint.ok()) return OAuthError(server, thumbprint.status());
  Form form{*std::move(fields)};
  ServerResponse response;
  response.later = [=, form = std::move(form), thumbprint = *thumbprint](auto answer) {
    server->clients.Find(form.Get("client_id"), [=](const Result<OAuthClient>& client) {
      if (!client.ok()) return answer(OAuthError(server, client.status()));
      const auto key = server->grants.CheckClient(*client, form.Get("client_assertion_type"), form.Get("client_assertion"), issuer);
      if (!key.ok()) return answer(OAuthError(server, key.status()));
      answer(endpoint(server, form, *client, {client->id, *key, thumbprint}));
    });
  };
  return response;
}

// The account that the admin API named, else that of the request, else the first one.
std::string Agreeing(Bluesky* server, const std::string& named, const std::string& hint) {
  const auto state = server->state.Lock();
  const std::string& wanted = named.empty() ? hint : named;
  const Actor* actor = wanted.empty() ? nullptr : state->Find(wanted);
  if (actor == nullptr && named.empty()) {
    const auto customers = state->Customers();
    actor = customers.empty() ? nullptr : customers.front();
  }
  return actor != nullptr && actor->is_customer() ? actor->did : "";
}

ServerResponse Back(const PushedRequest& request, http::FormFields fields, const std::string& issuer) {
  fields.emplace_back("iss", issuer);
  if (!request.state.empty()) fields.emplace_back("state", request.state);
  ServerResponse response;
  response.status = 302;
  response.headers = {{"Location", request.redirect_uri + (request.redirect_uri.find('?') == std::string::npos ? "?" : "&") +
                                       http::EncodeForm(fields)}};
  return response;
}

ServerResponse Authorize(Bluesky* server, const ServerRequest& http_request) {
  ++server->counts.requests;
  const auto request = server->grants.Take(http_request.Query("request_uri"), http_request.Query("client_id"));
  if (!request.ok()) return OAuthError(server, request.status());
  const std::string issuer = IssuerOf(http_request);
  const Consent consent = server->shared->consents.Of("bluesky");
  if (consent.denies) return Back(*request, {{"error", "access_denied"}}, issuer);
  const std::string did = Agreeing(server, consent.username, request->login_hint);
  if (did.empty()) {
    return OAuthError(server, Refuse(Code::kInvalidArgument, "invalid_request", "there is no such account in the sandbox"));
  }
  return Back(*request, {{"code", server->grants.MakeCode(*request, did)}}, issuer);
}

ServerResponse Directory(Bluesky* server, const ServerRequest& request, const std::string& did) {
  const auto state = server->state.Lock();
  const Actor* actor = did.starts_with("did:") ? state->Find(did) : nullptr;
  if (actor == nullptr) return Answer({{"message", "DID not registered: " + did}}, 404);
  return Answer(DidDocument(*actor, IssuerOf(request)));
}

}  // namespace

void AddOAuthRoutes(http::Router* router, Bluesky* server) {
  router->Add("GET /.well-known/oauth-protected-resource",
              [](const ServerRequest& request, const http::PathParams&) { return ResourceMetadata(request); });
  router->Add("GET /.well-known/oauth-authorization-server",
              [](const ServerRequest& request, const http::PathParams&) { return ServerMetadata(request); });
  router->Add("GET /oauth/authorize",
              [=](const ServerRequest& request, const http::PathParams&) { return Authorize(server, request); });
  const std::pair<const char*, Endpoint> endpoints[] = {
      {"POST /oauth/par", &Pushed}, {"POST /oauth/token", &Token}, {"POST /oauth/revoke", &Revoke}};
  for (const auto& [route, endpoint] : endpoints) {
    router->Add(route, [=, endpoint = endpoint](const ServerRequest& request, const http::PathParams&) {
      return Asked(server, request, endpoint);
    });
  }
  router->Add("GET /plc/:did", [=](const ServerRequest& request, const http::PathParams& params) {
    return Directory(server, request, params.find("did")->second);
  });
}

}  // namespace carillon::sandbox::bluesky
