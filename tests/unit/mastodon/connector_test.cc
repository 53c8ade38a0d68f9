#include "common/platform/mastodon/facts.h"
#include "common/platform/mastodon/connector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/base/testing/fake_clock.h"
#include "common/platform/json.h"
#include "tests/support/upload.h"
#include "tests/unit/mastodon/fake_http.h"

namespace carillon::mastodon {
namespace {

using http::testing::FakeHttpClient;
using ::testing::HasSubstr;
using Kind = platform::PublishOutcome::Kind;

class MastodonConnectorTest : public ::testing::Test {
 protected:
  MastodonConnectorTest() {
    ConnectorOptions options;
    options.sleep = [this](absl::Duration d) { clock_.Advance(d); };
    connector_ = MakeConnector(client_, clock_, OwnFacts(), options);
  }
  void Answer(int status, std::string body) {
    client_.Handle([=](const http::HttpRequest&) { return FakeHttpClient::Response(status, body); });
  }
  platform::PublishRequest Request() const {
    platform::PublishRequest request;
    request.access = access_;
    request.content.text = "Hello";
    request.idempotency_key = "key-1";
    request.timeout = absl::Seconds(20);
    request.may_send = [] { return true; };
    return request;
  }

  carillon::testing::FakeClock clock_;
  FakeHttpClient client_;
  std::unique_ptr<platform::Connector> connector_;
  const platform::AccountAccess access_{.account_id = "acct_x",
                              .base_url = "https://social.example/",
                              .remote_account_id = "1",
                              .access_token = "s3cr3t"};
};

TEST_F(MastodonConnectorTest, Verify) {
  Answer(200, R"({"id":"1","acct":"brand","display_name":"Brand","url":"https://social.example/@brand"})");
  const Result<platform::AccountInfo> info = connector_->Verify(access_, absl::Seconds(5));
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->remote_account_id, "1");
  EXPECT_EQ(info->username, "brand@social.example");
  EXPECT_EQ(info->display_name, "Brand");
  EXPECT_EQ(info->profile_url, "https://social.example/@brand");
  EXPECT_EQ(client_.requests[0].url, "https://social.example/api/v1/accounts/verify_credentials");
  EXPECT_FALSE(client_.requests[0].has_effect);
}

TEST_F(MastodonConnectorTest, VerifyAsksWhatTheTokenMayDoAndNeedsNoAnswer) {
  int status = 200;
  std::string body = R"({"name":"Carillon","scopes":["read","write:statuses",7]})";
  client_.Handle([&](const http::HttpRequest& request) {
    if (request.url.ends_with("/api/v1/apps/verify_credentials")) return FakeHttpClient::Response(status, body);
    return FakeHttpClient::Response(200, R"({"id":"1","acct":"brand"})");
  });
  EXPECT_EQ(connector_->Verify(access_, absl::Seconds(5))->granted_scopes, (std::vector<std::string>{"read", "write:statuses"}));
  body = R"({"name":"Carillon"})";  // before 4.3
  EXPECT_TRUE(connector_->Verify(access_, absl::Seconds(5))->granted_scopes.empty());
  for (const int refusal : {403, 404, 500}) {
    status = refusal;
    const auto info = connector_->Verify(access_, absl::Seconds(5));
    ASSERT_TRUE(info.ok()) << refusal << info.status();
    EXPECT_TRUE(info->granted_scopes.empty());
  }
}

TEST_F(MastodonConnectorTest, VerifyTellsADefiniteRefusalFromTheRest) {
  Answer(401, R"({"error":"The access token is invalid"})");
  const Status refused = connector_->Verify(access_, absl::Seconds(5)).status();
  EXPECT_EQ(refused.code(), Code::kUnauthenticated);
  EXPECT_EQ(ReasonOf(refused), "TOKEN_REFUSED");
  Answer(401, "<html>proxy</html>");
  EXPECT_EQ(connector_->Verify(access_, absl::Seconds(5)).status().code(), Code::kUnavailable);
  for (const auto& [status, body] : {std::pair{500, ""}, {200, "<html>"}, {200, "{}"}, {302, ""}}) {
    Answer(status, body);
    EXPECT_EQ(connector_->Verify(access_, absl::Seconds(5)).status().code(), Code::kUnavailable) << status;
  }
}

TEST_F(MastodonConnectorTest, LimitsFromV2OrV1) {
  client_.Handle([](const http::HttpRequest& request) {
    if (request.url.ends_with("/api/v1/instance")) {
      return FakeHttpClient::Response(200, R"({"version":"3.5.3","max_toot_chars":700})");
    }
    return FakeHttpClient::Response(404, "<html>");
  });
  Result<platform::PlatformLimits> limits = connector_->Limits(access_, absl::Seconds(5));
  ASSERT_TRUE(limits.ok()) << limits.status();
  EXPECT_EQ(limits->text_characters_max, 700);
  EXPECT_EQ(limits->idempotency_window, absl::Hours(1));

  Answer(200, R"({"version":"4.3.0","source_url":"https://github.com/mastodon/mastodon",
                  "configuration":{"statuses":{"max_characters":600}}})");
  limits = connector_->Limits(access_, absl::Seconds(5));
  ASSERT_TRUE(limits.ok());
  EXPECT_EQ(limits->text_characters_max, 600);

  Answer(503, "");
  EXPECT_FALSE(connector_->Limits(access_, absl::Seconds(5)).ok());
}

TEST_F(MastodonConnectorTest, IdempotencyWindowCanBeSet) {
  ConnectorOptions options;
  options.idempotency_window = absl::Minutes(10);
  Answer(200, R"x({"version":"4.3.0 (compatible; Sandbox 1)"})x");
  EXPECT_EQ(connector_->Limits(access_, absl::Seconds(5))->idempotency_window, absl::ZeroDuration());
  EXPECT_EQ(MakeConnector(client_, clock_, OwnFacts(), options)->Limits(access_, absl::Seconds(5))->idempotency_window,
            absl::Minutes(10));
}

TEST_F(MastodonConnectorTest, PublishSendsOneRequest) {
  Answer(200, R"({"id":"77","url":"https://social.example/@brand/77"})");
  platform::PublishRequest request = Request();
  request.content.link = "https://example.com/a";
  request.content.media.resize(2);
  request.media_handles = {"11", "12"};
  request.content.in_reply_to_remote_id = "5";
  request.content.visibility = "unlisted";
  request.content.language = "de";
  const platform::PublishOutcome out = connector_->Publish(request);
  EXPECT_EQ(out.kind, Kind::kPublished);
  EXPECT_EQ(out.remote_id, "77");
  EXPECT_EQ(out.remote_url, "https://social.example/@brand/77");
  ASSERT_EQ(client_.requests.size(), 1u);
  const http::HttpRequest& sent = client_.requests[0];
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.url, "https://social.example/api/v1/statuses");
  EXPECT_TRUE(sent.has_effect);
  EXPECT_EQ(sent.deadline, absl::Seconds(20));
  EXPECT_EQ(sent.headers.at("Idempotency-Key"), "key-1");
  const auto expected = platform::ParseJson(
      R"({"status":"Hello\n\nhttps://example.com/a","media_ids":["11","12"],"in_reply_to_id":"5",)"
      R"("visibility":"unlisted","language":"de"})");
  EXPECT_EQ(*platform::ParseJson(sent.body), *expected);
}

TEST_F(MastodonConnectorTest, PublishSendsTheForms) {
  Answer(200, R"({"id":"77","url":"https://social.example/@brand/77"})");
  platform::PublishRequest request = Request();
  request.content.visibility = "private";
  request.content.content_warning = "Bells";
  request.content.content_labels = {"graphic-media"};
  request.content.poll = platform::Poll{{"small", "large"}, true, true, absl::Hours(6)};
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kPublished);
  EXPECT_EQ(*platform::ParseJson(client_.requests[0].body), *platform::ParseJson(
      R"({"status":"Hello","visibility":"private","spoiler_text":"Bells","sensitive":true,)"
      R"("poll":{"options":["small","large"],"expires_in":21600,"multiple":true,"hide_totals":true}})"));
}

TEST_F(MastodonConnectorTest, AQuoteNamesThePostOnTheAccountsServer) {
  Answer(200, R"({"id":"77"})");
  platform::PublishRequest request = Request();
  for (const char* quoted : {"114", "https://social.example/@ann/114", "https://social.example/@ann@far.example/114?x=1"}) {
    request.content.quoted_remote_id = quoted;
    EXPECT_EQ(connector_->Publish(request).kind, Kind::kPublished) << quoted;
    EXPECT_EQ((*platform::ParseJson(client_.requests.back().body))["quoted_status_id"], "114") << quoted;
  }
  const size_t sent = client_.requests.size();
  request.content.quoted_remote_id = "https://far.example/@ann/9";
  const platform::PublishOutcome out = connector_->Publish(request);
  EXPECT_EQ(out.kind, Kind::kRefused);
  EXPECT_EQ(out.error_class, platform::ErrorClass::kInvalidContent);
  EXPECT_EQ(client_.requests.size(), sent);
}

TEST_F(MastodonConnectorTest, NotAllowedIsNotSent) {
  Answer(200, R"({"id":"77"})");
  platform::PublishRequest request = Request();
  request.may_send = [] { return false; };
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kNotSent);
}

TEST_F(MastodonConnectorTest, MissingUploadsAreNotSent) {
  platform::PublishRequest request = Request();
  request.content.media.resize(1);
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kNotSent);
  EXPECT_TRUE(client_.requests.empty());
}

TEST_F(MastodonConnectorTest, ARefusalIsNotRepeated) {
  Answer(500, "");
  EXPECT_EQ(connector_->Publish(Request()).kind, Kind::kUnknown);
  EXPECT_EQ(client_.requests.size(), 1u);
}

TEST_F(MastodonConnectorTest, A422AsksForTheUploads) {
  const auto publish = [this](int media_status, const char* media_body) {
    client_.Handle([=](const http::HttpRequest& request) {
      if (request.method == "POST") return FakeHttpClient::Response(422, R"({"error":"Noch nicht fertig"})");
      return FakeHttpClient::Response(media_status, media_body);
    });
    platform::PublishRequest request = Request();
    request.content.media.resize(1);
    request.media_handles = {"11"};
    return connector_->Publish(request).error_class;
  };
  EXPECT_EQ(publish(206, R"({"id":"11"})"), platform::ErrorClass::kRetryable);
  EXPECT_EQ(publish(404, R"({"error":"Record not found"})"), platform::ErrorClass::kDuplicate);
  EXPECT_EQ(publish(200, R"({"id":"11"})"), platform::ErrorClass::kInvalidContent);
  EXPECT_EQ(publish(503, ""), platform::ErrorClass::kInvalidContent);
}

TEST_F(MastodonConnectorTest, UploadWaitsUntilProcessed) {
  int polls = 0;
  client_.Handle([&polls](const http::HttpRequest& request) {
    if (request.method == "POST") return FakeHttpClient::Response(202, R"({"id":"11","url":null})");
    return FakeHttpClient::Response(++polls < 3 ? 206 : 200, R"({"id":"11"})");
  });
  const platform::MediaItem item{.path = "/x/a.png", .mime_type = "image/png", .alt_text = "a bell"};
  const Result<std::string> id = carillon::testing::Upload(*connector_, access_, item, absl::Seconds(30));
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(*id, "11");
  EXPECT_EQ(polls, 3);
  const http::HttpRequest& sent = client_.requests[0];
  EXPECT_EQ(sent.url, "https://social.example/api/v2/media");
  ASSERT_EQ(sent.multipart.size(), 2u);
  EXPECT_EQ(sent.multipart[0].name, "description");
  EXPECT_EQ(sent.multipart[0].value, "a bell");
  EXPECT_EQ(sent.multipart[1].file_path, "/x/a.png");
  EXPECT_EQ(sent.multipart[1].content_type, "image/png");
  EXPECT_EQ(client_.requests[1].url, "https://social.example/api/v1/media/11");
}

TEST_F(MastodonConnectorTest, UploadDoesNotWaitForEver) {
  client_.Handle([](const http::HttpRequest& request) {
    return FakeHttpClient::Response(request.method == "POST" ? 202 : 206, R"({"id":"11"})");
  });
  const absl::Duration began = clock_.BootTime();
  const Status status = carillon::testing::Upload(*connector_, access_, {.path = "/x/a.png"}, absl::Seconds(30)).status();
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_LE(clock_.BootTime() - began, absl::Seconds(30));
  EXPECT_GT(clock_.BootTime() - began, absl::Seconds(20));
}

TEST_F(MastodonConnectorTest, UploadErrors) {
  const auto upload = [this](int status, const char* body) {
    Answer(status, body);
    return carillon::testing::Upload(*connector_, access_, {.path = "/x/a.png"}, absl::Seconds(30)).status().code();
  };
  EXPECT_EQ(upload(422, R"({"error":"File type not supported"})"), Code::kInvalidArgument);
  EXPECT_EQ(upload(401, R"({"error":"x"})"), Code::kUnauthenticated);
  EXPECT_EQ(upload(429, "{}"), Code::kResourceExhausted);
  EXPECT_EQ(upload(500, "{}"), Code::kUnavailable);
  EXPECT_EQ(upload(200, "{}"), Code::kUnavailable);
}

}  // namespace
}  // namespace carillon::mastodon
