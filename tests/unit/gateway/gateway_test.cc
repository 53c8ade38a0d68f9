// The gateway's routes over a real HTTP server, with a backend that answers as it is told.
#include "services/gateway/gateway.h"

#include <gtest/gtest.h>

#include <mutex>

#include "common/base/testing/fake_clock.h"
#include "common/http/client.h"
#include "services/gateway/answers.h"

namespace carillon::gateway {
namespace {

constexpr char kApp[] = "app_aaaaaaaaaaaaaaaaaaaaaaaaaa";

struct FakeBackend : Backend {
  void FinishAuthorization(const publisher::v1::FinishAuthorizationRequest& request,
                           Then<publisher::v1::FinishAuthorizationResponse> then) override {
    finishes.push_back(request);
    if (!status.ok()) return then(status);
    publisher::v1::FinishAuthorizationResponse response;
    response.mutable_account()->set_username(username);
    then(response);
  }
  void GetClientDocument(const publisher::v1::GetClientDocumentRequest& request,
                         Then<publisher::v1::GetClientDocumentResponse> then) override {
    documents.push_back(request);
    if (!status.ok()) return then(status);
    publisher::v1::GetClientDocumentResponse response;
    response.set_body(R"({"client_id":"x"})");
    then(response);
  }
  void AnswerChallenge(const publisher::v1::AnswerChallengeRequest& request,
                       Then<publisher::v1::AnswerChallengeResponse> then) override {
    challenges.push_back(request);
    if (!status.ok()) return then(status);
    publisher::v1::AnswerChallengeResponse response;
    response.set_content_type("application/json");
    response.set_body(R"({"response_token":"sha256=..."})");
    then(response);
  }
  void TakeWebhook(const listener::v1::TakeWebhookRequest& request,
                   Then<listener::v1::TakeWebhookResponse> then) override {
    webhooks.push_back(request);
    if (!status.ok()) return then(status);
    then(listener::v1::TakeWebhookResponse());
  }
  std::vector<publisher::v1::FinishAuthorizationRequest> finishes;
  std::vector<publisher::v1::GetClientDocumentRequest> documents;
  std::vector<publisher::v1::AnswerChallengeRequest> challenges;
  std::vector<listener::v1::TakeWebhookRequest> webhooks;
  Status status;
  std::string username = "acme@social.example";
};

class GatewayTest : public ::testing::Test {
 protected:
  GatewayTest() {
    http::ServerOptions options;
    options.headers = UsualHeaders(true);
    options.body_bytes_max = 4'096;
    options.header_bytes_max = 16 << 10;
    server_ = *http::HttpServer::Start(options, [this](const auto& request) { return gateway_.Handle(request); });
  }
  http::HttpResponse Send(const std::string& method, const std::string& target, const std::string& body = "",
                          const http::Headers& headers = {}) {
    http::HttpRequest request;
    request.method = method;
    request.url = "http://" + server_->address() + target;
    request.headers = headers;
    request.body = body;
    if (!body.empty()) request.content_type = "application/json";
    const auto outcome = client_->Send(request);
    EXPECT_TRUE(outcome.ok()) << ToString(outcome.error);
    return outcome.ok() ? *outcome.response : http::HttpResponse();
  }
  http::HttpResponse Get(const std::string& target) { return Send("GET", target); }

  FakeBackend backend_;
  carillon::testing::FakeClock clock_;
  bool ready_ = true;
  Gateway gateway_{{backend_, clock_, [this] { return ready_; }}};
  std::unique_ptr<http::HttpClient> client_ = http::MakeHttpClient({.allow_private_addresses = true});
  std::unique_ptr<http::HttpServer> server_;
};

TEST_F(GatewayTest, AClientsDocumentIsForWhoeverAsks) {
  const std::string path = std::string("/oauth/clients/bluesky/") + kApp + "/client-metadata.json";
  const auto document = Get(path);
  EXPECT_EQ(document.status, 200);
  EXPECT_EQ(document.Header("Content-Type"), "application/json");
  EXPECT_EQ(document.body, R"({"client_id":"x"})");
  ASSERT_EQ(backend_.documents.size(), 1u);
  EXPECT_EQ(backend_.documents[0].platform(), "bluesky");
  EXPECT_EQ(backend_.documents[0].app_id(), kApp);
  backend_.status = Refuse(Code::kNotFound, "UNKNOWN_APP", "there is none");
  EXPECT_EQ(Get(path).status, 404);
  backend_.status = MakeStatus(Code::kDeadlineExceeded, "too late");
  EXPECT_EQ(Get(path).status, 503);
  EXPECT_EQ(Get("/oauth/clients/bluesky").status, 404);
}

TEST_F(GatewayTest, ACallbackIsPassedOnAndAnsweredWithAPage) {
  const auto page = Get("/oauth/callback/mastodon/0a1b?state=auth_x.y%2Bz&code=c%20d&iss=https%3A%2F%2Fs.example&utm=1");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("acme@social.example is connected"), std::string::npos) << page.body;
  ASSERT_EQ(backend_.finishes.size(), 1u);
  const auto& finish = backend_.finishes.front();
  EXPECT_EQ(finish.state(), "auth_x.y+z");
  EXPECT_EQ(finish.code(), "c d");
  EXPECT_EQ(finish.iss(), "https://s.example");
  EXPECT_EQ(finish.issuer_path(), "mastodon/0a1b");
  Get("/oauth/callback/x?state=s&error=access_denied");
  EXPECT_EQ(backend_.finishes.back().error(), "access_denied");
  EXPECT_EQ(backend_.finishes.back().issuer_path(), "x");
}

TEST_F(GatewayTest, EveryAnswerHasTheHeaders) {
  for (const char* target : {"/oauth/callback/x?state=s&code=c", "/healthz", "/nowhere", "/oauth/callback/x"}) {
    const auto answer = Get(target);
    EXPECT_EQ(answer.Header("X-Content-Type-Options"), "nosniff") << target;
    EXPECT_EQ(answer.Header("Referrer-Policy"), "no-referrer") << target;
    EXPECT_EQ(answer.Header("Cache-Control"), "no-store") << target;
    EXPECT_EQ(answer.Header("X-Frame-Options"), "DENY") << target;
    EXPECT_NE(answer.Header("Content-Security-Policy").find("default-src 'none'"), std::string::npos) << target;
    EXPECT_NE(answer.Header("Strict-Transport-Security"), "") << target;
  }
  const auto large = Send("POST", fmt::format("/webhooks/x/{}", kApp), std::string(5'000, 'a'));
  EXPECT_EQ(large.status, 413);
  EXPECT_EQ(large.Header("X-Content-Type-Options"), "nosniff");
}

TEST_F(GatewayTest, NamesAndErrorsAreTextNotMarkup) {
  backend_.username = "<b>\"&'";
  EXPECT_NE(Get("/oauth/callback/x?state=s&code=c").body.find("&lt;b&gt;&quot;&amp;&#39; is connected"), std::string::npos);
  backend_.status = Refuse(Code::kFailedPrecondition, "CODE_REFUSED", "said <script>");
  const auto page = Get("/oauth/callback/x?state=s&code=c");
  EXPECT_EQ(page.status, 502);
  EXPECT_EQ(page.body.find("<script>"), std::string::npos);
}

TEST_F(GatewayTest, EachRefusalHasItsStatus) {
  const std::map<std::string, int> wanted = {{"UNKNOWN_AUTHORIZATION", 400}, {"WRONG_ISSUER", 400},
                                             {"CONSENT_DENIED", 403},        {"AUTHORIZATION_USED", 409},
                                             {"ANOTHER_ACCOUNT", 409},       {"AUTHORIZATION_EXPIRED", 410},
                                             {"PLATFORM_UNAVAILABLE", 502},  {"CREDENTIAL_NOT_HERE", 503}};
  for (const auto& [reason, status] : wanted) {
    backend_.status = Refuse(Code::kFailedPrecondition, reason, "why");
    EXPECT_EQ(Get("/oauth/callback/x?state=s&code=c").status, status) << reason;
  }
  backend_.status = MakeStatus(Code::kUnavailable, "10.1.2.3:99: connection refused");
  const auto page = Get("/oauth/callback/x?state=s&code=c");
  EXPECT_EQ(page.status, 503);
  EXPECT_EQ(page.body.find("10.1.2.3"), std::string::npos) << "what goes on inside is nobody's business";
}

TEST_F(GatewayTest, WhatNoPlatformMakesIsNotPassedOn) {
  for (const std::string& query : {std::string(""), std::string("?code=c"), std::string("?state=a&state=b&code=c"),
                                   std::string("?state=a&code=b&code=c"), "?state=" + std::string(3'000, 'a')}) {
    EXPECT_EQ(Get("/oauth/callback/x" + query).status, 400) << query.substr(0, 40);
  }
  EXPECT_EQ(Send("POST", "/oauth/callback/x?state=s&code=c", "{}").status, 405);
  EXPECT_EQ(Send("HEAD", "/oauth/callback/x?state=s&code=c").status, 405);
  EXPECT_TRUE(backend_.finishes.empty());
}

TEST_F(GatewayTest, AChallengeIsAnswered) {
  const auto answer = Get(fmt::format("/webhooks/x/{}?crc_token=abc%3D", kApp));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"response_token":"sha256=..."})");
  ASSERT_EQ(backend_.challenges.size(), 1u);
  EXPECT_EQ(backend_.challenges.front().platform(), "x");
  EXPECT_EQ(backend_.challenges.front().app_id(), kApp);
  EXPECT_EQ(backend_.challenges.front().query().at("crc_token"), "abc=");
  EXPECT_EQ(Get(fmt::format("/webhooks/x/{}", kApp)).status, 400);
  EXPECT_EQ(backend_.challenges.size(), 1u);
}

TEST_F(GatewayTest, AnEventGoesOnByteForByte) {
  const std::string body = "{\"a\":\"\\u00e9 \xc3\xa9\"}\r\n ";
  const auto answer = Send("POST", fmt::format("/webhooks/x/{}", kApp), body,
                           {{"X-Twitter-Webhooks-Signature", "sha256=abc"}, {"Authorization", "secret"}});
  EXPECT_EQ(answer.status, 200);
  ASSERT_EQ(backend_.webhooks.size(), 1u);
  EXPECT_EQ(backend_.webhooks.front().body(), body);
  EXPECT_EQ(backend_.webhooks.front().headers().at("x-twitter-webhooks-signature"), "sha256=abc");
  EXPECT_FALSE(backend_.webhooks.front().headers().contains("authorization"));
}

TEST_F(GatewayTest, OnlyWhatIsTakenIsAcknowledged) {
  const std::string target = fmt::format("/webhooks/x/{}", kApp);
  backend_.status = Refuse(Code::kUnauthenticated, "BAD_SIGNATURE", "no");
  EXPECT_EQ(Send("POST", target, "{}").status, 401);
  backend_.status = Refuse(Code::kNotFound, "UNKNOWN_APP", "no");
  EXPECT_EQ(Send("POST", target, "{}").status, 404);
  for (const Status& away : {MakeStatus(Code::kUnavailable, "away"), MakeStatus(Code::kDeadlineExceeded, "late"),
                             Refuse(Code::kUnavailable, "STARTING", "soon"),
                             Refuse(Code::kResourceExhausted, "QUERY_POOL_FULL", "busy")}) {
    backend_.status = away;
    EXPECT_EQ(Send("POST", target, "{}").status, 503) << ToString(away);
  }
}

TEST_F(GatewayTest, HealthAndReadiness) {
  EXPECT_EQ(Get("/healthz").status, 200);
  EXPECT_EQ(Get("/readyz").status, 200);
  ready_ = false;
  EXPECT_EQ(Get("/readyz").status, 503);
  EXPECT_EQ(Get("/healthz").status, 200);
}

}  // namespace
}  // namespace carillon::gateway
