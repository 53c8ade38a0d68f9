#include "common/platform/bluesky/session.h"

#include <absl/strings/escaping.h>
#include <gtest/gtest.h>

#include "common/base/testing/fake_clock.h"
#include "common/platform/bluesky/facts.h"
#include "tests/unit/mastodon/fake_http.h"

namespace carillon::bluesky {
namespace {

using http::testing::FakeHttpClient;
using Kind = platform::RefreshOutcome::Kind;

std::string Jwt(const std::string& claims) {
  return "aGVhZA." + absl::WebSafeBase64Escape(claims) + ".c2ln";
}

class SessionTest : public ::testing::Test {
 protected:
  std::string SessionBody(const std::string& access = "new-access") {
    return platform::Json{{"did", "did:plc:abc"}, {"handle", "brand.example"}, {"accessJwt", access}, {"refreshJwt", "new-refresh"}}
        .dump();
  }
  platform::RefreshOutcome DoRefresh(http::HttpOutcome outcome) {
    client_.Handle([outcome](const http::HttpRequest&) { return outcome; });
    platform::RefreshRequest request;
    request.access.base_url = "https://pds.example";
    request.access.access_token = ToSecret({"did:plc:abc", "brand.example", "old-access", "old-refresh"});
    request.timeout = absl::Seconds(5);
    request.may_send = [] { return true; };
    return Refresh(client_, clock_, request);
  }
  carillon::testing::FakeClock clock_;
  FakeHttpClient client_;
};

TEST_F(SessionTest, AnAppPasswordIsReadInBothForms) {
  for (const char* text : {R"({"identifier": "brand.example", "app_password": "abcd-efgh"})",
                           " @brand.example abcd-efgh\n", "brand.example\tabcd-efgh"}) {
    const auto given = ReadAppPassword(text);
    ASSERT_TRUE(given.ok()) << text;
    EXPECT_EQ(given->identifier, "brand.example");
    EXPECT_EQ(given->password, "abcd-efgh");
  }
  for (const char* text : {"", "abcd-efgh", "{", R"({"identifier": "x"})", R"({"app_password": "x"})"}) {
    EXPECT_EQ(ReasonOf(ReadAppPassword(text).status()), "BAD_TOKEN") << text;
  }
}

TEST_F(SessionTest, CreateGivesASession) {
  client_.Handle([&](const http::HttpRequest& request) {
    EXPECT_EQ(request.url, "https://pds.example/xrpc/com.atproto.server.createSession");
    EXPECT_EQ(platform::GetText(*platform::ParseJson(request.body), "password"), "abcd-efgh");
    EXPECT_FALSE(request.headers.contains("Authorization"));
    return FakeHttpClient::Response(200, SessionBody());
  });
  const auto session =
      Create(client_, clock_, "https://pds.example/", {"brand.example", "abcd-efgh"}, absl::Seconds(5));
  ASSERT_TRUE(session.ok()) << ToString(session.status());
  const auto again = ReadSession(ToSecret(*session));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->did, "did:plc:abc");
  EXPECT_EQ(again->access, "new-access");
  EXPECT_EQ(again->refresh, "new-refresh");
}

TEST_F(SessionTest, ARefusedPasswordIsNotRepeated) {
  client_.Handle([&](const http::HttpRequest&) {
    return FakeHttpClient::Response(401, R"({"error":"AuthenticationRequired","message":"not abcd-efgh"})");
  });
  const auto session =
      Create(client_, clock_, "https://pds.example", {"brand.example", "abcd-efgh"}, absl::Seconds(5));
  EXPECT_EQ(ReasonOf(session.status()), "TOKEN_REFUSED");
  EXPECT_EQ(Message(session.status()).find("abcd-efgh"), std::string::npos) << Message(session.status());
}

TEST_F(SessionTest, RefreshTakesTheRefreshTokenAndBringsANewSession) {
  const auto expiry = clock_.Now() + absl::Hours(2);
  const auto out = DoRefresh(FakeHttpClient::Response(
      200, SessionBody(Jwt(fmt::format(R"({{"exp":{}}})", absl::ToUnixSeconds(expiry))))));
  EXPECT_EQ(out.kind, Kind::kRefreshed) << out.error;
  ASSERT_EQ(client_.requests.size(), 1u);
  EXPECT_EQ(client_.requests[0].headers.at("Authorization"), "Bearer old-refresh");
  EXPECT_TRUE(client_.requests[0].has_effect);
  EXPECT_EQ(ReadSession(out.secret)->refresh, "new-refresh");
  EXPECT_EQ(out.token_expires_at, absl::FromUnixSeconds(absl::ToUnixSeconds(expiry)));
}

TEST_F(SessionTest, HowARefreshCanFail) {
  EXPECT_EQ(DoRefresh(FakeHttpClient::Response(400, R"({"error":"ExpiredToken"})")).kind, Kind::kRefused);
  EXPECT_EQ(DoRefresh(FakeHttpClient::Response(401, R"({"error":"InvalidToken"})")).kind, Kind::kRefused);
  EXPECT_EQ(DoRefresh(FakeHttpClient::Response(401, R"({"error":"AccountTakedown"})")).kind, Kind::kRefused);
  // All that may be asked again.
  EXPECT_EQ(DoRefresh(FakeHttpClient::Response(400, R"({"error":"InvalidRequest"})")).kind, Kind::kNotSent);
  EXPECT_EQ(DoRefresh(FakeHttpClient::Response(401, "a proxy's page")).kind, Kind::kNotSent);
  EXPECT_EQ(DoRefresh(FakeHttpClient::Response(200, "not a session")).kind, Kind::kNotSent);
  EXPECT_EQ(DoRefresh(FakeHttpClient::Response(502, "")).kind, Kind::kNotSent);
  const auto limited = DoRefresh(FakeHttpClient::Response(429, "", {{"retry-after", "9"}}));
  EXPECT_EQ(limited.kind, Kind::kNotSent);
  EXPECT_EQ(limited.retry_at, clock_.Now() + absl::Seconds(9));
  EXPECT_EQ(DoRefresh(FakeHttpClient::Failure(MakeStatus(Code::kUnavailable, "x"), true)).kind, Kind::kNotSent);
  EXPECT_EQ(DoRefresh(FakeHttpClient::Failure(MakeStatus(Code::kUnavailable, "x"), false)).kind, Kind::kNotSent);
}

TEST_F(SessionTest, NoErrorHoldsASecret) {
  client_.Handle([&](const http::HttpRequest&) {
    return FakeHttpClient::Response(400, R"({"error":"InvalidRequest","message":"what is abcd-efgh?"})");
  });
  const auto session =
      Create(client_, clock_, "https://pds.example", {"brand.example", "abcd-efgh"}, absl::Seconds(5));
  EXPECT_FALSE(session.ok());
  EXPECT_EQ(Message(session.status()).find("abcd-efgh"), std::string::npos) << Message(session.status());
  const auto out = DoRefresh(FakeHttpClient::Response(400, R"({"error":"ExpiredToken","message":"old-refresh"})"));
  EXPECT_EQ(out.error.find("old-refresh"), std::string::npos) << out.error;
  EXPECT_NE(out.error.find("ExpiredToken"), std::string::npos) << out.error;
}

// Whose it is stands in the delivery's look-up: a session of another account's is none.
TEST_F(SessionTest, AnotherAccountsSessionIsNotTaken) {
  const auto out = DoRefresh(FakeHttpClient::Response(
      200, R"({"did":"did:plc:other","handle":"x","accessJwt":"a","refreshJwt":"r"})"));
  EXPECT_NE(out.kind, Kind::kRefreshed);
  EXPECT_EQ(out.secret, "");
}

TEST_F(SessionTest, TheExpiryIsInTheToken) {
  EXPECT_EQ(ExpiryOf(Jwt(R"({"exp":1800000000})")), absl::FromUnixSeconds(1'800'000'000));
  for (const std::string& text : {std::string("x"), std::string("a.b.c"), Jwt("{}"), Jwt(R"({"exp":-1})"), std::string("..")}) {
    EXPECT_EQ(ExpiryOf(text), std::nullopt) << text;
  }
}

TEST_F(SessionTest, TheFactsAreWhole) { EXPECT_EQ(OwnFacts().Number("text.graphemes_max"), 300); }

}  // namespace
}  // namespace carillon::bluesky
