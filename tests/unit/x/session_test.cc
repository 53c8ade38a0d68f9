// The secret of an account, and renewing it: one request, and what is known after it.
#include "common/platform/x/session.h"

#include <gtest/gtest.h>

#include <string>

#include "common/platform/json.h"
#include "common/platform/x/connector.h"
#include "common/platform/x/facts.h"
#include "tests/unit/x/fake_x.h"

namespace carillon::x {
namespace {

using testing::FakeX;
using testing::Fault;
using Kind = platform::RefreshOutcome::Kind;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr char kSecret[] = R"({"access_token":"a1","refresh_token":"r1","client_id":"app","client_secret":"cs"})";
constexpr char kPublic[] = R"({"access_token":"a1","refresh_token":"r1","client_id":"app"})";

TEST(XSession, WhatAPersonGives) {
  const auto bare = ReadSession("AAAA", kNow);
  ASSERT_TRUE(bare.ok());
  EXPECT_EQ(bare->access_token, "AAAA");
  EXPECT_TRUE(bare->refresh_token.empty());
  const auto whole = ReadSession(kSecret, kNow);
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->refresh_token, "r1");
  EXPECT_EQ(whole->client_id, "app");
  EXPECT_EQ(whole->client_secret, "cs");
  EXPECT_FALSE(whole->expires_at);
  EXPECT_EQ(ReadSession(R"({"access_token":"a","expires_in":7200})", kNow)->expires_at, kNow + absl::Hours(2));
  for (const char* bad : {"", "{", "{}", R"({"refresh_token":"r"})", R"({"access_token":"a","refresh_token":"r"})"}) {
    const Status status = ReadSession(bad, kNow).status();
    EXPECT_EQ(ReasonOf(status), "BAD_TOKEN") << bad;
    EXPECT_EQ(Message(status).find("\"r\""), std::string::npos);
  }
}

TEST(XSession, TheSecretComesBackAsItWas) {
  Session session{"a", "r", kNow, "app", "cs", "tweet.read users.read"};
  const auto again = ReadSession(ToSecret(session), absl::UnixEpoch());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->access_token, "a");
  EXPECT_EQ(again->refresh_token, "r");
  EXPECT_EQ(again->expires_at, kNow);
  EXPECT_EQ(again->client_id, "app");
  EXPECT_EQ(again->client_secret, "cs");
  EXPECT_EQ(again->scope, "tweet.read users.read");
}

class XRefresh : public ::testing::Test {
 protected:
  platform::RefreshOutcome Run(const std::string& secret = kSecret) {
    platform::RefreshRequest request;
    request.access = {.base_url = "https://api.x.com", .remote_account_id = FakeX::kAccountId, .access_token = secret};
    request.timeout = absl::Seconds(10);
    request.may_send = [this] { return may_send_; };
    return connector_->Refresh(request);
  }

  carillon::testing::FakeClock clock_;
  FakeX x_{clock_};
  const std::unique_ptr<platform::Connector> connector_ = MakeConnector(x_, clock_, OwnFacts());
  bool may_send_ = true;
};

TEST_F(XRefresh, BringsBothTokens) {
  const platform::RefreshOutcome out = Run();
  ASSERT_EQ(out.kind, Kind::kRefreshed) << out.error;
  EXPECT_EQ(out.token_expires_at, clock_.Now() + absl::Hours(2));
  const auto fresh = ReadSession(out.secret, clock_.Now());
  EXPECT_EQ(fresh->access_token, "a2");
  EXPECT_EQ(fresh->refresh_token, "r2");
  EXPECT_EQ(fresh->client_id, "app");
  EXPECT_EQ(fresh->client_secret, "cs");
  EXPECT_EQ(connector_->Lendable(out.secret), "a2");
  const http::HttpRequest& sent = x_.exchanges.at(0).request;
  EXPECT_TRUE(sent.has_effect);
  EXPECT_EQ(sent.url, "https://api.x.com/2/oauth2/token");
  EXPECT_EQ(sent.headers.at("Authorization"), "Basic YXBwOmNz");
  EXPECT_EQ(sent.form, (http::FormFields{{"grant_type", "refresh_token"}, {"refresh_token", "r1"}}));
}

TEST_F(XRefresh, APublicClientNamesItself) {
  EXPECT_EQ(Run(kPublic).kind, Kind::kRefreshed);
  const http::HttpRequest& sent = x_.exchanges.at(0).request;
  EXPECT_FALSE(sent.headers.contains("Authorization"));
  EXPECT_EQ(sent.form.back(), (http::FormFields::value_type{"client_id", "app"}));
}

TEST_F(XRefresh, WhereNoNewRefreshTokenComesTheOldOneStays) {
  x_.Break("/token", Fault::kRefused, 200, R"({"access_token":"a2"})");
  const platform::RefreshOutcome out = Run();
  ASSERT_EQ(out.kind, Kind::kRefreshed);
  EXPECT_EQ(ReadSession(out.secret, clock_.Now())->refresh_token, "r1");
  EXPECT_EQ(out.token_expires_at, clock_.Now() + absl::Hours(2)) << "the fact";
}

TEST_F(XRefresh, ItIsNeverRepeated) {
  x_.Break("/token", Fault::kAnswerLost);
  EXPECT_EQ(Run().kind, Kind::kUnknown);
  EXPECT_EQ(x_.exchanges.size(), 1u);
  // Whoever tries the old one hears that it is used up.
  EXPECT_EQ(Run().kind, Kind::kRefused);
}

TEST_F(XRefresh, EachAnswer) {
  struct Row {
    int status;
    const char* body;
    Kind kind;
  };
  for (const Row& row : {
           Row{400, R"({"error":"invalid_grant"})", Kind::kRefused},
           Row{400, R"({"error":"invalid_request","error_description":"Value passed for the token was invalid."})", Kind::kRefused},
           Row{401, R"({"error":"unauthorized_client","error_description":"Missing valid authorization header"})", Kind::kRefused},
           Row{401, R"({"error":"invalid_client"})", Kind::kRefused},
           Row{400, "<html>", Kind::kUnknown},
           Row{400, R"({"error":"slow_down"})", Kind::kUnknown},
           Row{429, "", Kind::kNotSent},
           Row{402, "", Kind::kNotSent},
           Row{403, R"({"title":"Forbidden"})", Kind::kNotSent},
           Row{500, R"({"error":"invalid_grant"})", Kind::kUnknown},
           Row{503, "", Kind::kUnknown},
           Row{302, "", Kind::kUnknown},
           Row{200, "{}", Kind::kUnknown},
           Row{200, "<html>", Kind::kUnknown},
       }) {
    x_.Break("/token", Fault::kRefused, row.status, row.body);
    const platform::RefreshOutcome out = Run();
    EXPECT_EQ(out.kind, row.kind) << row.status << row.body;
    EXPECT_EQ(out.retry_at.has_value(), row.status == 429);
    EXPECT_TRUE(out.secret.empty());
  }
}

TEST_F(XRefresh, WithoutABytePassed) {
  x_.Break("/token", Fault::kNoConnection);
  EXPECT_EQ(Run().kind, Kind::kNotSent);
  may_send_ = false;
  EXPECT_EQ(Run().kind, Kind::kNotSent);
  EXPECT_EQ(Run("bare").kind, Kind::kRefused) << "nothing to renew it with";
  EXPECT_FALSE(x_.is_token_spent);
}

TEST_F(XRefresh, NoSecretInAnError) {
  x_.Break("/token", Fault::kRefused, 400,
           R"({"error":"invalid_grant","error_description":"r1secret a1secret cssecret"})");
  const auto out = Run(R"({"access_token":"a1secret","refresh_token":"r1secret","client_id":"app","client_secret":"cssecret"})");
  EXPECT_EQ(out.kind, Kind::kRefused);
  EXPECT_EQ(out.error.find("secret"), std::string::npos) << out.error;
}

}  // namespace
}  // namespace carillon::x
