// OAuth 2.0: the page where an account's owner would agree (here: whoever the admin API named), the token endpoint, revocation.
#include "common/http/form.h"
#include "services/sandbox/base64.h"
#include "services/sandbox/x/api.h"

namespace carillon::sandbox::x {
namespace {

using http::ServerResponse;
using nlohmann::json;

constexpr size_t kScopesMax = 50;

ServerResponse OauthError(int status, std::string_view error, std::string_view description) {
  return Answer({{"error", error}, {"error_description", description}}, status);
}

std::string FieldOf(const http::FormFields& form, std::string_view name) {
  for (const auto& [key, value] : form) {
    if (key == name) return value;
  }
  return "";
}

std::set<std::string> ScopesOf(std::string_view text) {
  std::set<std::string> out;
  for (size_t begin = 0; begin <= text.size() && out.size() < kScopesMax;) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    if (end > begin) out.emplace(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

// The account of ?account=, else the first one: there is no page where anybody could sign in.
Id Agreeing(X* server, const std::string& username) {
  const auto state = server->state.Lock();
  if (!username.empty()) {
    const User* user = state->FindByName(username);
    return user != nullptr && user->is_customer() ? user->id : 0;
  }
  const auto customers = state->Customers();
  return customers.empty() ? 0 : customers.front()->id;
}

ServerResponse Back(const std::string& redirect_uri, const http::FormFields& fields) {
  ServerResponse response;
  response.status = 302;
  response.headers = {{"Location", redirect_uri + (redirect_uri.find('?') == std::string::npos ? "?" : "&") +
                                       http::EncodeForm(fields)}};
  return response;
}

ServerResponse Authorize(X* server, const Call& call) {
  CodeRequest request;
  request.grant.client = call.Query("client_id");
  request.grant.scopes = ScopesOf(call.Query("scope"));
  request.redirect_uri = call.Query("redirect_uri");
  request.challenge = call.Query("code_challenge");
  const std::string method = call.Query("code_challenge_method");
  request.is_hashed = method == "S256";
  const bool is_web = request.redirect_uri.starts_with("http://") ||
                      request.redirect_uri.starts_with("https://");
  if (!is_web || request.redirect_uri.find_first_of("\r\n") != std::string::npos)
    return OauthError(400, "invalid_request", "redirect_uri must be an http or https URL");
  if (call.Query("response_type") != "code" || request.grant.client.empty() ||
      call.Query("state").empty() || request.challenge.empty() ||
      (method != "S256" && method != "plain")) {
    return OauthError(400, "invalid_request",
                      "response_type=code, client_id, state, code_challenge and"
                      " code_challenge_method (S256 or plain) are needed");
  }
  const Consent consent = server->shared->consents.Of("x");
  const std::string named = call.Query("account");
  if (consent.denies) return Back(request.redirect_uri, {{"error", "access_denied"}, {"state", call.Query("state")}});
  request.grant.user = Agreeing(server, named.empty() ? consent.username : named);
  if (request.grant.user == 0)
    return OauthError(400, "invalid_request", "there is no such account in the sandbox");
  const std::string redirect = request.redirect_uri;
  const std::string code = server->grants.MakeCode(std::move(request));
  return Back(redirect, {{"state", call.Query("state")}, {"code", code}});
}

// A public client names itself in the form, a confidential one by its header, whose secret is not looked at.
std::string ClientOf(const Call& call, const http::FormFields& form) {
  const std::string header = call.request.Header("Authorization");
  if (!header.starts_with("Basic ")) return FieldOf(form, "client_id");
  const auto decoded = DecodeBase64(header.substr(6));
  return decoded ? http::DecodeComponent(decoded->substr(0, decoded->find(':')), true) : "";
}

ServerResponse Token(X* server, const Call& call) {
  const auto form = http::ParseForm(call.request.body);
  if (!form) return OauthError(400, "invalid_request", "the form has too many fields");
  const std::string type = FieldOf(*form, "grant_type"), client = ClientOf(call, *form);
  if (client.empty())
    return OauthError(401, "unauthorized_client", "Missing valid authorization header");
  Result<TokenPair> pair =
      type == "authorization_code"
          ? server->grants.Redeem(FieldOf(*form, "code"), client, FieldOf(*form, "redirect_uri"),
                                  FieldOf(*form, "code_verifier"))
      : type == "refresh_token"
          ? server->grants.Refresh(FieldOf(*form, "refresh_token"), client)
          : Result<TokenPair>(Refuse(Code::kInvalidArgument, "unsupported_grant_type",
                                     "grant_type is authorization_code or refresh_token"));
  if (!pair.ok())
    return OauthError(400, ReasonOf(pair.status()), carillon::Message(pair.status()));
  std::string scope;
  for (const std::string& one : pair->scopes) scope += (scope.empty() ? "" : " ") + one;
  json out = {{"token_type", "bearer"},
              {"expires_in", absl::ToInt64Seconds(server->grants.access_ttl())},
              {"access_token", pair->access},
              {"scope", scope}};
  if (!pair->refresh.empty()) out["refresh_token"] = pair->refresh;
  return Answer(out);
}

// POST /oauth2/token: an app's own token, by its consumer key and secret.
ServerResponse AppToken(X* server, const Call& call) {
  const auto form = http::ParseForm(call.request.body);
  const std::string header = call.request.Header("Authorization");
  const auto decoded = header.starts_with("Basic ") ? DecodeBase64(header.substr(6)) : std::nullopt;
  const size_t colon = decoded ? decoded->find(':') : std::string::npos;
  const auto refuse = [](std::string_view message) {
    return Answer({{"errors", json::array({{{"code", 99}, {"message", message}, {"label", "authenticity_token_error"}}})}}, 403);
  };
  if (!form || FieldOf(*form, "grant_type") != "client_credentials" || colon == std::string::npos)
    return refuse("Unable to verify your credentials");
  const Result<std::string> token = server->grants.AppToken(http::DecodeComponent(decoded->substr(0, colon), false),
                                                            http::DecodeComponent(decoded->substr(colon + 1), false));
  if (!token.ok()) return refuse(carillon::Message(token.status()));
  return Answer({{"token_type", "bearer"}, {"access_token", *token}});
}

ServerResponse Revoke(X* server, const Call& call) {
  const auto form = http::ParseForm(call.request.body);
  if (!form || FieldOf(*form, "token").empty())
    return OauthError(400, "invalid_request", "Missing required parameter [token].");
  server->grants.Revoke(FieldOf(*form, "token"));
  return Answer({{"revoked", true}});
}

}  // namespace

void AddOauthRoutes(Api* api) {
  X* const server = api->server();
  for (const char* route : {"GET /2/oauth2/authorize", "GET /i/oauth2/authorize"})
    api->AddOpen(route, [=](Call& call) { return Authorize(server, call); });
  api->AddOpen("POST /2/oauth2/token", [=](Call& call) { return Token(server, call); });
  api->AddOpen("POST /oauth2/token", [=](Call& call) { return AppToken(server, call); });
  api->AddOpen("POST /2/oauth2/revoke", [=](Call& call) { return Revoke(server, call); });
}

}  // namespace carillon::sandbox::x
