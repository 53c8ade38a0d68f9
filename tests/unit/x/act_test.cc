#include "common/platform/x/act.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/mastodon/fake_http.h"

namespace carillon::x {
namespace {

using http::testing::FakeHttpClient;
using platform::Action;
using platform::ErrorClass;
using Kind = platform::PublishOutcome::Kind;

const Access kAccess{"https://api.x.com", "s3cr3t"};
const absl::Time kNow = absl::FromUnixSeconds(1'770'000'000);

platform::ActRequest Request(Action action) {
  platform::ActRequest request;
  request.access = {.base_url = kAccess.base_url, .remote_account_id = "42"};
  request.action = action;
  request.target_remote_id = "77";
  request.timeout = absl::Seconds(10);
  return request;
}

TEST(XAct, EveryRequest) {
  struct Row {
    Action action;
    const char* method;
    const char* url;
    const char* body;
  };
  const Row rows[] = {
      {Action::kDelete, "DELETE", "https://api.x.com/2/tweets/77", ""},
      {Action::kLike, "POST", "https://api.x.com/2/users/42/likes", R"({"tweet_id":"77"})"},
      {Action::kUnlike, "DELETE", "https://api.x.com/2/users/42/likes/77", ""},
      {Action::kRepost, "POST", "https://api.x.com/2/users/42/retweets", R"({"tweet_id":"77"})"},
      {Action::kUnrepost, "DELETE", "https://api.x.com/2/users/42/retweets/77", ""},
      {Action::kHide, "PUT", "https://api.x.com/2/tweets/77/hidden", R"({"hidden":true})"},
      {Action::kUnhide, "PUT", "https://api.x.com/2/tweets/77/hidden", R"({"hidden":false})"},
  };
  for (const Row& row : rows) {
    const auto http = MakeAct(Request(row.action), kAccess);
    ASSERT_TRUE(http.ok()) << http.status();
    EXPECT_EQ(http->method, row.method) << row.url;
    EXPECT_EQ(http->url, row.url);
    EXPECT_EQ(http->body, row.body);
    EXPECT_TRUE(http->has_effect);
  }
  EXPECT_EQ(ReasonOf(MakeAct(Request(Action::kEdit), kAccess).status()), "NOT_OFFERED");
  platform::ActRequest bad = Request(Action::kDelete);
  bad.target_remote_id = "77/hidden";
  EXPECT_EQ(ReasonOf(MakeAct(bad, kAccess).status()), "REMOTE_REFUSED");
}

TEST(XAct, EveryAnswer) {
  const std::string problem = R"({"title":"Not Found","detail":"gone","type":"about:blank","status":404})";
  struct Row {
    Action action;
    int status;
    std::string body;
    Kind kind;
    ErrorClass error_class = ErrorClass::kNone;
  };
  const Row rows[] = {
      {Action::kDelete, 200, R"({"data":{"deleted":true}})", Kind::kPublished},
      {Action::kDelete, 200, R"({"data":{"deleted":false}})", Kind::kUnknown},
      {Action::kDelete, 200, "{}", Kind::kUnknown},
      {Action::kDelete, 200, "<html>", Kind::kUnknown},
      {Action::kDelete, 404, problem, Kind::kPublished},
      {Action::kDelete, 404, "<html>", Kind::kUnknown},
      {Action::kDelete, 403, problem, Kind::kRefused, ErrorClass::kPermanent},
      {Action::kDelete, 401, problem, Kind::kRefused, ErrorClass::kAuth},
      {Action::kDelete, 429, problem, Kind::kRefused, ErrorClass::kRateLimited},
      {Action::kDelete, 503, problem, Kind::kUnknown},
      {Action::kLike, 200, R"({"data":{"liked":true}})", Kind::kPublished},
      {Action::kLike, 200, R"({"data":{"liked":false}})", Kind::kUnknown},
      {Action::kLike, 404, problem, Kind::kRefused, ErrorClass::kPermanent},
      {Action::kUnlike, 200, R"({"data":{"liked":false}})", Kind::kPublished},
      {Action::kUnlike, 200, R"({"data":{"liked":true}})", Kind::kUnknown},
      {Action::kUnlike, 404, problem, Kind::kPublished},
      {Action::kRepost, 200, R"({"data":{"rest_id":"77","retweeted":true}})", Kind::kPublished},
      {Action::kUnrepost, 200, R"({"data":{"retweeted":false}})", Kind::kPublished},
      {Action::kHide, 200, R"({"data":{"hidden":true}})", Kind::kPublished},
      {Action::kHide, 200, R"({"data":{"hidden":false}})", Kind::kUnknown},
      {Action::kUnhide, 200, R"({"data":{"hidden":false}})", Kind::kPublished},
      {Action::kHide, 403, problem, Kind::kRefused, ErrorClass::kPermanent},
  };
  for (const Row& row : rows) {
    const auto out = ClassifyAct(FakeHttpClient::Response(row.status, row.body), Request(row.action), kAccess, kNow);
    EXPECT_EQ(out.kind, row.kind) << static_cast<int>(row.action) << " " << row.status << " " << row.body;
    EXPECT_EQ(out.error_class, row.error_class) << row.status << " " << row.body;
  }
}

}  // namespace
}  // namespace carillon::x
