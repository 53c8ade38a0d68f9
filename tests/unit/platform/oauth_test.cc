// PKCE by RFC 7636's own example, and what Mastodon and X are asked and answer.
#include "common/platform/oauth.h"

#include <gtest/gtest.h>

#include <set>

#include "common/base/testing/fake_clock.h"
#include "common/http/form.h"
#include "common/platform/json.h"
#include "common/platform/registry.h"
#include "common/platform/x/connector.h"
#include "common/platform/x/facts.h"
#include "tests/unit/mastodon/fake_http.h"

namespace carillon::platform {
namespace {

using http::testing::FakeHttpClient;

class OAuthTest : public ::testing::Test {
 protected:
  OAuth& Of(const std::string& platform) { return **registry_.FindOAuth(platform); }

  std::map<std::string, std::string> QueryOf(const std::string& url) {
    std::map<std::string, std::string> out;
    const auto fields = http::ParseForm(url.substr(url.find('?') + 1));
    for (const auto& [name, value] : *fields) out[name] = value;
    return out;
  }
  std::map<std::string, std::string> LastForm() {
    std::map<std::string, std::string> out;
    for (const auto& [name, value] : client_.requests.back().form) out[name] = value;
    return out;
  }
  void Answer(int status, std::string body) {
    client_.Handle([=](const auto&) { return FakeHttpClient::Response(status, body); });
  }

  FakeHttpClient client_;
  carillon::testing::FakeClock clock_;
  Registry registry_ = *Registry::MakeAll(client_, clock_);
  const OAuthApp mastodon_{"https://social.example", "client", "the-client-secret", "https://c.example/cb"};
  const OAuthApp x_{"https://api.x.com", "client", "", "https://c.example/cb"};
  const CodeGrant grant_{"the-code", "the-verifier"};
};

TEST_F(OAuthTest, TheChallengeIsTheOneOfRfc7636AppendixB) {
  EXPECT_EQ(ChallengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST_F(OAuthTest, SecretsAreLongAndNeverTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    const std::string secret = NewOAuthSecret();
    EXPECT_EQ(secret.size(), 43u);
    EXPECT_EQ(secret.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), std::string::npos);
    EXPECT_TRUE(seen.insert(secret).second);
  }
}

TEST_F(OAuthTest, WhatThePersonOpens) {
  for (const auto& [platform, app] : {std::pair("mastodon", mastodon_), std::pair("x", x_)}) {
    const std::string url = Of(platform).AuthorizationUrl(app, {"a&b=c", "challenge"});
    auto query = QueryOf(url);
    EXPECT_EQ(query["response_type"], "code") << platform;
    EXPECT_EQ(query["client_id"], "client") << platform;
    EXPECT_EQ(query["redirect_uri"], "https://c.example/cb") << platform;
    EXPECT_EQ(query["state"], "a&b=c") << platform;
    EXPECT_EQ(query["code_challenge"], "challenge") << platform;
    EXPECT_EQ(query["code_challenge_method"], "S256") << platform;
    EXPECT_EQ(url.find("the-client-secret"), std::string::npos);
    EXPECT_EQ(url.find('+'), std::string::npos) << url;
  }
  EXPECT_TRUE(Of("x").AuthorizationUrl(x_, {}).starts_with("https://x.com/i/oauth2/authorize?"));
  EXPECT_NE(QueryOf(Of("x").AuthorizationUrl(x_, {}))["scope"].find("offline.access"), std::string::npos);
  EXPECT_TRUE(Of("mastodon").AuthorizationUrl(mastodon_, {}).starts_with("https://social.example/oauth/authorize?"));
  EXPECT_EQ(QueryOf(Of("mastodon").AuthorizationUrl(mastodon_, {}))["force_login"], "true");
}

TEST_F(OAuthTest, MastodonRegistersAnApp) {
  Answer(200, R"({"client_id":"abc","client_secret":"def","redirect_uri":"https://c.example/cb"})");
  const auto app = Of("mastodon").Register("https://social.example", "https://c.example/cb", absl::Seconds(1));
  ASSERT_TRUE(app.ok()) << ToString(app.status());
  EXPECT_EQ(app->client_id, "abc");
  EXPECT_EQ(app->client_secret, "def");
  EXPECT_EQ(client_.requests.back().url, "https://social.example/api/v1/apps");
  EXPECT_EQ(LastForm()["redirect_uris"], "https://c.example/cb");
  EXPECT_EQ(LastForm()["scopes"], "read write");
  Answer(422, R"({"error":"Validation failed"})");
  EXPECT_EQ(Of("mastodon").Register("https://social.example", "x", absl::Seconds(1)).status().code(), Code::kUnavailable);
  EXPECT_EQ(ReasonOf(Of("x").Register("https://api.x.com", "x", absl::Seconds(1)).status()), "NO_APP");
}

TEST_F(OAuthTest, MastodonsCodeBecomesAToken) {
  Answer(200, R"({"access_token":"tok","token_type":"Bearer","scope":"read write","created_at":1})");
  EXPECT_EQ(*Of("mastodon").Redeem(mastodon_, grant_, absl::Seconds(1)), "tok");
  EXPECT_EQ(client_.requests.back().url, "https://social.example/oauth/token");
  EXPECT_TRUE(client_.requests.back().has_effect);
  EXPECT_EQ(LastForm()["grant_type"], "authorization_code");
  EXPECT_EQ(LastForm()["code"], "the-code");
  EXPECT_EQ(LastForm()["code_verifier"], "the-verifier");
  EXPECT_EQ(LastForm()["client_secret"], "the-client-secret");
  EXPECT_EQ(LastForm()["redirect_uri"], "https://c.example/cb");
}

TEST_F(OAuthTest, XsCodeBecomesWhatRenewsItself) {
  Answer(200, R"({"token_type":"bearer","expires_in":7200,"access_token":"acc","scope":"s","refresh_token":"ref"})");
  const auto secret = Of("x").Redeem(x_, grant_, absl::Seconds(1));
  ASSERT_TRUE(secret.ok()) << ToString(secret.status());
  const Json kept = *ParseJson(*secret);
  EXPECT_EQ(GetText(kept, "access_token"), "acc");
  EXPECT_EQ(GetText(kept, "refresh_token"), "ref");
  EXPECT_EQ(GetText(kept, "client_id"), "client");
  EXPECT_FALSE(GetText(kept, "expires_at").empty());
  EXPECT_EQ(client_.requests.back().url, "https://api.x.com/2/oauth2/token");
  EXPECT_EQ(LastForm()["client_id"], "client");
  OAuthApp confidential = x_;
  confidential.client_secret = "hush";
  ASSERT_TRUE(Of("x").Redeem(confidential, grant_, absl::Seconds(1)).ok());
  EXPECT_FALSE(LastForm().contains("client_id"));
  EXPECT_EQ(client_.requests.back().headers["Authorization"], "Basic Y2xpZW50Omh1c2g=");
}

TEST_F(OAuthTest, XWithoutARefreshTokenIsNoConnection) {
  Answer(200, R"({"token_type":"bearer","expires_in":7200,"access_token":"acc"})");
  EXPECT_EQ(ReasonOf(Of("x").Redeem(x_, grant_, absl::Seconds(1)).status()), "NO_REFRESH_TOKEN");
}

TEST_F(OAuthTest, MastodonEndsATokenForTheAppThatGotIt) {
  Answer(200, "{}");
  EXPECT_TRUE(Of("mastodon").Revoke(mastodon_, "tok", absl::Seconds(1)).ok());
  EXPECT_EQ(client_.requests.back().url, "https://social.example/oauth/revoke");
  EXPECT_EQ(LastForm()["client_id"], "client");
  EXPECT_EQ(LastForm()["client_secret"], "the-client-secret");
  EXPECT_EQ(LastForm()["token"], "tok");
}

TEST_F(OAuthTest, XEndsFirstWhatRenewsAndThenTheAccessToken) {
  Answer(200, R"({"revoked":true})");
  const std::string secret = R"({"access_token":"acc","refresh_token":"ref","client_id":"client","client_secret":"hush"})";
  EXPECT_TRUE(Of("x").Revoke(x_, secret, absl::Seconds(1)).ok());
  ASSERT_EQ(client_.requests.size(), 2u);
  EXPECT_EQ(client_.requests[0].url, "https://api.x.com/2/oauth2/revoke");
  EXPECT_EQ(client_.requests[0].headers["Authorization"], "Basic Y2xpZW50Omh1c2g=");
  const http::FormFields first = {{"token", "ref"}, {"token_type_hint", "refresh_token"}};
  EXPECT_EQ(client_.requests[0].form, first);
  EXPECT_EQ(LastForm()["token"], "acc");
  // While one that renews is left, the other end is worth nothing.
  Answer(503, "");
  EXPECT_EQ(Of("x").Revoke(x_, secret, absl::Seconds(1)).code(), Code::kUnavailable);
  EXPECT_EQ(client_.requests.size(), 3u);
  // Without any time left nothing is asked.
  EXPECT_EQ(Of("x").Revoke(x_, secret, absl::ZeroDuration()).code(), Code::kUnavailable);
  EXPECT_EQ(client_.requests.size(), 3u);
}

TEST_F(OAuthTest, OnlyThePlatformsOwnWordEndsAToken) {
  for (const char* platform : {"mastodon", "x"}) {
    const OAuthApp& app = std::string(platform) == "x" ? x_ : mastodon_;
    const auto revoke = [&] { return Of(platform).Revoke(app, "the-token", absl::Seconds(1)); };
    Answer(403, R"({"error":"unauthorized_client","error_description":"the-token is not the app's"})");
    const Status refused = revoke();
    EXPECT_EQ(ReasonOf(refused), "REVOCATION_REFUSED") << platform;
    EXPECT_EQ(Message(refused).find("the-token"), std::string::npos) << platform << Message(refused);
    Answer(404, "");  // GoToSocial
    EXPECT_EQ(ReasonOf(revoke()), "NO_REVOCATION") << platform;
    for (const auto& [status, body] : {std::pair(429, R"({"error":"slow down"})"), std::pair(500, R"({"error":"oops"})"), std::pair(400, "<html>")}) {
      Answer(status, body);
      EXPECT_EQ(revoke().code(), Code::kUnavailable) << platform << status;
    }
    client_.Handle([](const auto&) { return FakeHttpClient::Failure(MakeStatus(Code::kUnavailable, "closed"), true); });
    EXPECT_EQ(revoke().code(), Code::kUnavailable) << platform;
  }
}

TEST_F(OAuthTest, OnlyThePlatformsOwnWordIsARefusal) {
  for (const char* platform : {"mastodon", "x"}) {
    const OAuthApp& app = std::string(platform) == "x" ? x_ : mastodon_;
    const auto redeem = [&] { return Of(platform).Redeem(app, grant_, absl::Seconds(1)).status(); };
    Answer(400, R"({"error":"invalid_grant","error_description":"no the-code, no the-verifier, no the-client-secret"})");
    const Status refused = redeem();
    EXPECT_EQ(ReasonOf(refused), "CODE_REFUSED") << platform;
    for (const char* secret : {"the-code", "the-verifier"}) {
      EXPECT_EQ(Message(refused).find(secret), std::string::npos) << platform << Message(refused);
    }
    Answer(500, R"({"error":"oops"})");
    EXPECT_EQ(ReasonOf(redeem()), "") << platform;
    Answer(400, "<html>");
    EXPECT_EQ(ReasonOf(redeem()), "") << platform;
    Answer(429, R"({"error":"slow down"})");
    EXPECT_EQ(ReasonOf(redeem()), "") << platform;
    Answer(200, R"({"access_token":""})");
    EXPECT_EQ(redeem().code(), Code::kUnavailable) << platform;
    client_.Handle([](const auto&) {
      return FakeHttpClient::Failure(MakeStatus(Code::kUnavailable, "closed"), true);
    });
    EXPECT_EQ(redeem().code(), Code::kUnavailable) << platform;
  }
}

TEST_F(OAuthTest, TheTableOfCapabilitiesSaysWhereItWorks) {
  for (const auto& [platform, entry] : registry_.entries()) {
    for (const Capability& capability : *entry.capabilities) {
      if (capability.name != "account.connect_oauth") continue;
      EXPECT_EQ(capability.support == Support::kWorks, entry.oauth != nullptr) << platform;
    }
  }
}

TEST_F(OAuthTest, WhereItIsNotBuiltThatIsSaid) {
  Registry token_only;
  token_only.Add(x::MakeConnector(client_, clock_, x::OwnFacts()));
  EXPECT_EQ(ReasonOf(token_only.FindOAuth("x").status()), "OAUTH_NOT_BUILT");
  EXPECT_EQ(ReasonOf(registry_.FindOAuth("nowhere").status()), "UNKNOWN_PLATFORM");
}

}  // namespace
}  // namespace carillon::platform
