#include "common/platform/x/oauth.h"

#include <absl/strings/escaping.h>

#include <algorithm>

#include "common/platform/json.h"
#include "common/platform/redact.h"
#include "common/platform/x/api.h"
#include "common/platform/x/problem.h"
#include "common/platform/x/session.h"

namespace carillon::x {
namespace {

constexpr char kBaseUrl[] = "https://api.x.com";
constexpr int64_t kLifetimeMax = 365 * 86'400;

class XOAuth : public platform::OAuth {
 public:
  XOAuth(http::HttpClient& client, const Clock& clock, const platform::Facts& facts)
      : client_(client), clock_(clock), facts_(facts) {}

  std::string Platform() const override { return "x"; }
  std::string UsualBaseUrl() const override { return kBaseUrl; }

  std::string AuthorizationUrl(const platform::OAuthApp& app,
                               const platform::AuthorizationRequest& request) const override {
    // X shows its page elsewhere than it serves its API; stand-ins serve both.
    const std::string url = app.base_url == kBaseUrl ? facts_.Text("token.authorize_url")
                                                     : app.base_url + "/i/oauth2/authorize";
    return platform::MakeAuthorizationUrl(url, app, request, facts_.Text("token.scopes"));
  }

  Result<std::string> Redeem(const platform::OAuthApp& app, const platform::CodeGrant& grant,
                             absl::Duration timeout) override {
    http::HttpRequest request = MakeRequest({app.base_url, ""}, "POST", "/2/oauth2/token");
    request.form = platform::CodeForm(app, grant);
    Authenticate(request, app.client_id, app.client_secret);
    request.has_effect = true;
    request.deadline = timeout;
    ASSIGN_OR_RETURN(const std::string text, platform::RedeemedBody(client_.Send(request), app, grant));
    const platform::Json body = *platform::ParseJson(text);
    Session session;
    session.access_token = platform::GetText(body, "access_token");
    session.refresh_token = platform::GetText(body, "refresh_token");
    session.client_id = app.client_id;
    session.scope = platform::GetText(body, "scope");
    session.client_secret = app.client_secret;
    const int64_t lifetime_s = platform::GetInteger(body, "expires_in");
    session.expires_at = clock_.Now() + (lifetime_s > 0 ? absl::Seconds(std::min(lifetime_s, kLifetimeMax))
                                                        : facts_.Seconds("token.access_lifetime_s"));
    const std::string host = platform::HostOf(app.base_url);
    if (session.access_token.empty()) {
      return MakeStatus(Code::kUnavailable, fmt::format("{} gave no access token", host));
    }
    // Without one the account would need a person every two hours, and lose what renews it if it had that before.
    if (session.refresh_token.empty()) {
      return Refuse(Code::kFailedPrecondition, "NO_REFRESH_TOKEN",
                    fmt::format("{} gave no refresh token: the scope offline.access is missing", host),
                    {{"host", host}});
    }
    return ToSecret(session);
  }

  // docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token, step 6. Whether a refresh token takes its access token with it is not
  // said there, so each is ended, first the one that could make more.
  Status Revoke(const platform::OAuthApp& app, const std::string& secret, absl::Duration timeout) override {
    ASSIGN_OR_RETURN(const Session session, ReadSession(secret, clock_.Now()));
    const absl::Duration until = clock_.BootTime() + timeout;
    if (!session.refresh_token.empty()) RETURN_IF_ERROR(EndToken(app, session, "refresh_token", until));
    return EndToken(app, session, "access_token", until);
  }

  // The app-only bearer token, which does not end (docs.x.com/fundamentals/authentication/oauth-2-0/application-only).
  Result<std::string> AppToken(const platform::AppKeys& keys, absl::Duration timeout) override {
    http::HttpRequest request = MakeRequest({keys.base_url, ""}, "POST", "/oauth2/token");
    request.form = {{"grant_type", "client_credentials"}};
    request.headers["Authorization"] =
        "Basic " + absl::Base64Escape(http::EncodeComponent(keys.key) + ":" + http::EncodeComponent(keys.secret));
    request.deadline = timeout;
    const http::HttpOutcome outcome = client_.Send(request);
    const Access access{keys.base_url, ""};
    if (!outcome.ok()) return StatusOfFailure(outcome, access);
    const http::HttpResponse& response = *outcome.response;
    const std::string host = platform::HostOf(keys.base_url);
    const std::optional<platform::Json> body = platform::ParseJson(response.body);
    const std::string token = body ? platform::GetText(*body, "access_token") : "";
    if (response.ok() && platform::GetText(body.value_or(platform::Json()), "token_type") == "bearer" && !token.empty()) return token;
    const std::string said = platform::Shown(RawDescription(response, keys.base_url), keys.secret, keys.key);
    if (body && (response.status == 400 || response.status == 401 || response.status == 403)) {
      return Refuse(Code::kFailedPrecondition, "KEYS_REFUSED",
                    fmt::format("{}: the consumer key and its secret (API key and secret) are not an app's", said), {{"host", host}});
    }
    return MakeStatus(Code::kUnavailable, said + ", without a token");
  }

 private:
  Status EndToken(const platform::OAuthApp& app, const Session& session, const char* kind, absl::Duration until) {
    const std::string host = platform::HostOf(app.base_url);
    const std::string& token = std::string_view(kind) == "refresh_token" ? session.refresh_token : session.access_token;
    http::HttpRequest request = MakeRequest({app.base_url, ""}, "POST", "/2/oauth2/revoke");
    request.form = {{"token", token}, {"token_type_hint", kind}};
    Authenticate(request, session.client_id, session.client_secret);
    request.has_effect = true;
    request.deadline = until - clock_.BootTime();
    if (request.deadline <= absl::ZeroDuration()) return MakeStatus(Code::kUnavailable, fmt::format("{}: no time is left", host));
    return platform::RevocationStatus(client_.Send(request), host, token);
  }

  http::HttpClient& client_;
  const Clock& clock_;
  const platform::Facts& facts_;
};

}  // namespace

std::unique_ptr<platform::OAuth> MakeOAuth(http::HttpClient& client, const Clock& clock, const platform::Facts& facts) {
  return std::make_unique<XOAuth>(client, clock, facts);
}

}  // namespace carillon::x
