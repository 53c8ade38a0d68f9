#include "common/platform/mastodon/oauth.h"

#include "common/platform/json.h"
#include "common/platform/mastodon/api.h"
#include "common/platform/redact.h"

namespace carillon::mastodon {
namespace {

constexpr char kAppName[] = "Carillon";

class MastodonOAuth : public platform::OAuth {
 public:
  MastodonOAuth(http::HttpClient& client, const platform::Facts& facts) : client_(client), facts_(facts) {}

  std::string Platform() const override { return "mastodon"; }
  bool RegistersByCall() const override { return true; }

  Result<platform::OAuthApp> Register(const std::string& base_url, const std::string& redirect_uri,
                                      absl::Duration timeout) override {
    http::HttpRequest request = MakeRequest({base_url, ""}, "POST", "/api/v1/apps");
    request.form = {{"client_name", kAppName}, {"redirect_uris", redirect_uri}, {"scopes", Scopes()}};
    request.has_effect = true;
    request.deadline = timeout;
    const http::HttpOutcome outcome = client_.Send(request);
    if (!outcome.ok()) return StatusOfFailure(outcome, {base_url, ""});
    const http::HttpResponse& response = *outcome.response;
    const std::optional<platform::Json> body = platform::ParseJson(response.body);
    platform::OAuthApp app{base_url, "", "", redirect_uri};
    if (response.ok() && body) {
      app.client_id = platform::GetText(*body, "client_id");
      app.client_secret = platform::GetText(*body, "client_secret");
    }
    if (!app.client_id.empty() && !app.client_secret.empty()) return app;
    return MakeStatus(Code::kUnavailable, fmt::format("{} registers no app: {}", platform::HostOf(base_url),
                                                      DescribeResponse(response, {base_url, ""})));
  }

  std::string AuthorizationUrl(const platform::OAuthApp& app,
                               const platform::AuthorizationRequest& request) const override {
    // Without force_login the server takes whoever the browser is signed in as, and a team has many accounts.
    return platform::MakeAuthorizationUrl(app.base_url + "/oauth/authorize", app, request, Scopes(),
                                          {{"force_login", "true"}});
  }

  Result<std::string> Redeem(const platform::OAuthApp& app, const platform::CodeGrant& grant,
                             absl::Duration timeout) override {
    http::HttpRequest request = MakeRequest({app.base_url, ""}, "POST", "/oauth/token");
    request.form = platform::CodeForm(app, grant);
    request.form.emplace_back("client_id", app.client_id);
    request.form.emplace_back("client_secret", app.client_secret);
    request.form.emplace_back("scope", Scopes());
    request.has_effect = true;
    request.deadline = timeout;
    ASSIGN_OR_RETURN(const std::string body, platform::RedeemedBody(client_.Send(request), app, grant));
    const std::string token = platform::GetText(*platform::ParseJson(body), "access_token");
    if (!token.empty()) return token;
    return MakeStatus(Code::kUnavailable, fmt::format("{} gave no access token", platform::HostOf(app.base_url)));
  }

  // docs.joinmastodon.org/methods/oauth/#revoke
  Status Revoke(const platform::OAuthApp& app, const std::string& secret, absl::Duration timeout) override {
    http::HttpRequest request = MakeRequest({app.base_url, ""}, "POST", "/oauth/revoke");
    request.form = {{"client_id", app.client_id}, {"client_secret", app.client_secret}, {"token", secret}};
    request.has_effect = true;
    request.deadline = timeout;
    return platform::RevocationStatus(client_.Send(request), platform::HostOf(app.base_url), secret);
  }

 private:
  const std::string& Scopes() const { return facts_.Text("token.scopes"); }

  http::HttpClient& client_;
  const platform::Facts& facts_;
};

}  // namespace

std::unique_ptr<platform::OAuth> MakeOAuth(http::HttpClient& client, const platform::Facts& facts) {
  return std::make_unique<MastodonOAuth>(client, facts);
}

}  // namespace carillon::mastodon
