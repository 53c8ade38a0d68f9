// OAuth 2.0: registering an app, the page where an account's owner would agree (here: whoever the admin API named), the token endpoint.
#include "common/http/form.h"
#include "services/sandbox/mastodon/api.h"

namespace carillon::sandbox::mastodon {
namespace {

using http::ServerResponse;
using nlohmann::json;

constexpr char kOutOfBand[] = "urn:ietf:wg:oauth:2.0:oob";

ServerResponse OauthError(int status, std::string_view error, std::string_view description) {
  return Answer({{"error", error}, {"error_description", description}}, status);
}

std::vector<std::string> Words(const std::string& text, std::string_view between) {
  std::vector<std::string> out;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find_first_of(between, begin), text.size());
    if (end > begin) out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

ServerResponse Register(Mastodon* server, const Call& call) {
  if (call.fields.Get("client_name").empty())
    return ErrorAnswer(422, "Validation failed: Application name can't be blank");
  std::vector<std::string> redirects;
  for (const std::string& given : call.fields.All("redirect_uris")) {
    for (std::string& one : Words(given, "\r\n ")) redirects.push_back(std::move(one));
  }
  if (redirects.empty()) return ErrorAnswer(422, "Validation failed: Redirect URI can't be blank");
  std::string scopes = call.fields.Get("scopes");
  if (scopes.empty()) scopes = "read";
  const App app = server->grants.Register(call.fields.Get("client_name"), redirects, scopes);
  std::string joined;
  for (const std::string& one : redirects) joined += (joined.empty() ? "" : "\n") + one;
  return Answer({{"id", "1"},
                 {"name", app.name},
                 {"website", nullptr},
                 {"scopes", Words(scopes, " ")},
                 {"redirect_uri", joined},
                 {"redirect_uris", redirects},
                 {"client_id", app.id},
                 {"client_secret", app.secret},
                 {"client_secret_expires_at", 0},
                 {"vapid_key", ""}});
}

// The account that the admin API named, else the first one; 0 if there is none.
int64_t Agreeing(Mastodon* server, const std::string& username) {
  if (!username.empty()) {
    const auto found = server->store.Lookup(username);
    return found ? found->profile.id : 0;
  }
  const auto accounts = server->store.Accounts();
  return accounts.empty() ? 0 : accounts.front().profile.id;
}

ServerResponse Redirect(const std::string& uri, const http::FormFields& fields) {
  ServerResponse response;
  response.status = 302;
  response.headers = {{"Location", uri + (uri.find('?') == std::string::npos ? "?" : "&") + http::EncodeForm(fields)}};
  return response;
}

ServerResponse Authorize(Mastodon* server, const Call& call) {
  const Fields& fields = call.fields;
  const auto app = server->grants.Find(fields.Get("client_id"));
  if (!app) return OauthError(401, "invalid_client", "There is no app with this client_id.");
  CodeRequest request{app->id, fields.Get("redirect_uri"), fields.Get("scope"), fields.Get("code_challenge"), 0};
  const auto& known = app->redirect_uris;
  if (std::find(known.begin(), known.end(), request.redirect_uri) == known.end())
    return OauthError(400, "invalid_request", "The app has no such redirect_uri.");
  if (request.scopes.empty()) request.scopes = "read";
  const std::string state = fields.Get("state");
  const auto refuse = [&](const char* error) {
    http::FormFields back = {{"error", error}};
    if (!state.empty()) back.emplace_back("state", state);
    return Redirect(request.redirect_uri, back);
  };
  if (fields.Get("response_type") != "code") return refuse("unsupported_response_type");
  const auto allowed = Words(app->scopes, " ");
  for (const std::string& scope : Words(request.scopes, " ")) {
    if (std::find(allowed.begin(), allowed.end(), scope) == allowed.end()) return refuse("invalid_scope");
  }
  // "plain" would let in whoever has read the request.
  if (!request.challenge.empty() && fields.Get("code_challenge_method") != "S256") return refuse("invalid_request");
  const Consent consent = server->shared->consents.Of("mastodon");
  if (consent.denies) return refuse("access_denied");
  request.account = Agreeing(server, consent.username);
  if (request.account == 0) return OauthError(400, "invalid_request", "There is no such account in the sandbox.");
  const std::string redirect = request.redirect_uri;
  const std::string code = server->grants.MakeCode(std::move(request));
  if (redirect == kOutOfBand) return Answer({{"code", code}});
  http::FormFields back = {{"code", code}};
  if (!state.empty()) back.emplace_back("state", state);
  return Redirect(redirect, back);
}

ServerResponse Token(Mastodon* server, const Call& call) {
  const Fields& fields = call.fields;
  if (fields.Get("grant_type") != "authorization_code")
    return OauthError(400, "unsupported_grant_type", "Only authorization_code is here.");
  const auto granted = server->grants.Redeem(fields.Get("code"), fields.Get("client_id"), fields.Get("client_secret"),
                                             fields.Get("redirect_uri"), fields.Get("code_verifier"));
  if (!granted.ok()) {
    const int status = granted.status().code() == Code::kUnauthenticated ? 401 : 400;
    return OauthError(status, ReasonOf(granted.status()), Message(granted.status()));
  }
  const std::string token = server->grants.NewToken(*granted);
  server->store.AddToken(token, granted->account);
  return Answer({{"access_token", token},
                 {"token_type", "Bearer"},
                 {"scope", granted->scopes},
                 {"created_at", absl::ToUnixSeconds(server->store.clock().Now())}});
}

ServerResponse Revoke(Mastodon* server, const Call& call) {
  const auto app = server->grants.Find(call.fields.Get("client_id"));
  if (!app || app->secret != call.fields.Get("client_secret"))
    return OauthError(403, "unauthorized_client", "The app is unknown, or its secret is another one.");
  server->store.RemoveToken(call.fields.Get("token"));
  return Answer(json::object());
}

// The app behind the token. Those of the accounts file were made for one that may do everything.
ServerResponse VerifyApp(Mastodon* server, const Call& call) {
  App app{"", "", "Sandbox", "read write", {kOutOfBand}};
  const std::string header = call.request.Header("Authorization");
  if (const auto known = server->grants.AppOf(header.substr(std::min(header.size(), sizeof("Bearer ") - 1)))) app = *known;
  std::string joined;
  for (const std::string& one : app.redirect_uris) joined += (joined.empty() ? "" : "\n") + one;
  return Answer({{"id", "1"},
                 {"name", app.name},
                 {"website", nullptr},
                 {"scopes", Words(app.scopes, " ")},
                 {"redirect_uri", joined},
                 {"redirect_uris", app.redirect_uris},
                 {"vapid_key", ""}});
}

}  // namespace

void AddOauthRoutes(http::Router* router, Mastodon* server) {
  const auto add = [&](std::string_view route, ServerResponse (*handler)(Mastodon*, const Call&)) {
    AddRoute(router, server, route, Auth::kNone, Reads::kNo,
             [server, handler](const Call& call) { return handler(server, call); });
  };
  add("POST /api/v1/apps", &Register);
  add("GET /oauth/authorize", &Authorize);
  add("POST /oauth/token", &Token);
  add("POST /oauth/revoke", &Revoke);
  AddRoute(router, server, "GET /api/v1/apps/verify_credentials", Auth::kUser, Reads::kNo,
           [server](const Call& call) { return VerifyApp(server, call); });
}

}  // namespace carillon::sandbox::mastodon
