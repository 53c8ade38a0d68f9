#include "common/platform/mastodon/act.h"

#include <gtest/gtest.h>

#include <string>

#include "common/platform/mastodon/connector.h"
#include "common/platform/mastodon/facts.h"
#include "tests/unit/mastodon/fake_http.h"

namespace carillon::mastodon {
namespace {

using http::testing::FakeHttpClient;
using platform::Action;
using platform::ErrorClass;
using Kind = platform::PublishOutcome::Kind;

const absl::Time kNow = absl::FromUnixSeconds(1'770'000'000);

platform::ActRequest Request(Action action) {
  platform::ActRequest request;
  request.access = {.base_url = "https://social.example", .access_token = "s3cr3t-token"};
  request.action = action;
  request.target_remote_id = "77";
  request.content.text = "Corrected";
  request.timeout = absl::Seconds(10);
  return request;
}

TEST(MastodonAct, EveryRequest) {
  struct Row {
    Action action;
    const char* method;
    const char* url;
  };
  const Row rows[] = {
      {Action::kDelete, "DELETE", "https://social.example/api/v1/statuses/77"},
      {Action::kEdit, "PUT", "https://social.example/api/v1/statuses/77"},
      {Action::kLike, "POST", "https://social.example/api/v1/statuses/77/favourite"},
      {Action::kUnlike, "POST", "https://social.example/api/v1/statuses/77/unfavourite"},
      {Action::kRepost, "POST", "https://social.example/api/v1/statuses/77/reblog"},
      {Action::kUnrepost, "POST", "https://social.example/api/v1/statuses/77/unreblog"},
  };
  for (const Row& row : rows) {
    const auto http = MakeAct(Request(row.action));
    ASSERT_TRUE(http) << row.url;
    EXPECT_EQ(http->method, row.method);
    EXPECT_EQ(http->url, row.url);
    EXPECT_TRUE(http->has_effect);
    EXPECT_EQ(http->headers.at("Authorization"), "Bearer s3cr3t-token");
  }
  EXPECT_FALSE(MakeAct(Request(Action::kHide)));
  platform::ActRequest edit = Request(Action::kEdit);
  edit.media_handles = {"5"};
  EXPECT_EQ(platform::Json::parse(MakeAct(edit)->body), platform::Json({{"status", "Corrected"}, {"media_ids", {"5"}}}));
  edit.target_remote_id = "7/../8";
  EXPECT_EQ(MakeAct(edit)->url, "https://social.example/api/v1/statuses/7%2F..%2F8");
}

TEST(MastodonAct, EveryAnswer) {
  const std::string error = R"({"error":"Record not found"})", page = "<html>";
  const std::string status = R"({"id":"77","favourited":true,"reblogged":false})";
  struct Row {
    Action action;
    int status;
    std::string body;
    Kind kind;
    ErrorClass error_class = ErrorClass::kNone;
  };
  const Row rows[] = {
      {Action::kDelete, 200, status, Kind::kPublished},
      {Action::kDelete, 200, "{}", Kind::kPublished},
      {Action::kDelete, 200, page, Kind::kUnknown},
      {Action::kDelete, 404, error, Kind::kPublished},
      {Action::kDelete, 410, error, Kind::kPublished},
      {Action::kDelete, 404, page, Kind::kUnknown},  // a proxy's: says nothing of the status
      {Action::kDelete, 401, error, Kind::kRefused, ErrorClass::kAuth},
      {Action::kDelete, 403, error, Kind::kRefused, ErrorClass::kPermanent},
      {Action::kDelete, 429, "", Kind::kRefused, ErrorClass::kRateLimited},
      {Action::kDelete, 503, error, Kind::kUnknown},
      {Action::kDelete, 302, "", Kind::kUnknown},
      {Action::kLike, 200, status, Kind::kPublished},
      {Action::kLike, 200, R"({"id":"77"})", Kind::kPublished},
      {Action::kLike, 200, R"({"id":"77","favourited":false})", Kind::kUnknown},
      {Action::kLike, 200, R"({"id":"78","favourited":true})", Kind::kUnknown},
      {Action::kLike, 200, "[]", Kind::kUnknown},
      {Action::kLike, 404, error, Kind::kRefused, ErrorClass::kPermanent},
      {Action::kLike, 422, R"({"error":"Duplicate record"})", Kind::kPublished},
      {Action::kUnlike, 200, R"({"id":"77","favourited":false})", Kind::kPublished},
      {Action::kUnlike, 200, status, Kind::kUnknown},
      {Action::kUnlike, 404, error, Kind::kPublished},
      {Action::kRepost, 200, R"({"id":"99","reblogged":true,"reblog":{"id":"77"}})", Kind::kPublished},
      {Action::kRepost, 200, R"({"id":"99","reblogged":false,"reblog":{"id":"77","reblogged":true}})", Kind::kPublished},
      {Action::kRepost, 422, error, Kind::kRefused, ErrorClass::kInvalidContent},
      {Action::kUnrepost, 200, status, Kind::kPublished},
      {Action::kUnrepost, 404, error, Kind::kPublished},
      {Action::kEdit, 200, status, Kind::kPublished},
      {Action::kEdit, 200, R"({"id":"1"})", Kind::kUnknown},
      {Action::kEdit, 404, error, Kind::kRefused, ErrorClass::kPermanent},
      {Action::kEdit, 422, error, Kind::kRefused, ErrorClass::kInvalidContent},
  };
  for (const Row& row : rows) {
    const auto out = ClassifyAct(FakeHttpClient::Response(row.status, row.body), Request(row.action), kNow);
    EXPECT_EQ(out.kind, row.kind) << static_cast<int>(row.action) << " " << row.status << " " << row.body;
    EXPECT_EQ(out.error_class, row.error_class) << row.status << " " << row.body;
    if (out.kind == Kind::kPublished) {
      EXPECT_EQ(out.remote_id, "77");
    }
  }
}

TEST(MastodonAct, WithoutAnAnswer) {
  const Status died = MakeStatus(Code::kUnavailable, "the connection died");
  EXPECT_EQ(ClassifyAct(FakeHttpClient::Failure(died, true), Request(Action::kDelete), kNow).kind, Kind::kUnknown);
  const auto none = ClassifyAct(FakeHttpClient::Failure(died, false), Request(Action::kDelete), kNow);
  EXPECT_EQ(none.kind, Kind::kRefused);
  EXPECT_EQ(none.error_class, ErrorClass::kRetryable);
}

}  // namespace
}  // namespace carillon::mastodon
