#include "common/platform/mastodon/act.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/testing/fake_clock.h"
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

TEST(MastodonAct, AnEditSaysAgainWhatItWouldTakeAway) {
  const auto sent = [](const platform::ActRequest& edit, const BeforeEdit& before) {
    return platform::Json::parse(MakeAct(edit, before)->body);
  };
  platform::ActRequest edit = Request(Action::kEdit);
  edit.content.content_warning = "Bells";
  edit.content.language = "de";
  // Not an edit's to change.
  edit.content.visibility = "private";
  edit.content.quoted_remote_id = "12";
  edit.content.in_reply_to_remote_id = "11";
  const platform::Json plain = {{"status", "Corrected"}, {"spoiler_text", "Bells"}, {"language", "de"}};
  EXPECT_EQ(sent(edit, {}), plain);
  platform::Json wanted = plain;
  wanted["sensitive"] = true;
  EXPECT_EQ(sent(edit, {.sensitive = true}), wanted) << "as the account is set up";
  edit.content.content_labels = {"nudity"};
  EXPECT_EQ(sent(edit, {}), wanted);
  edit.content.content_labels.clear();
  edit.content.poll = platform::Poll{{"small", "large"}, true, true, absl::Hours(6)};
  wanted = plain;
  wanted["poll"] = {{"options", {"small", "large"}}, {"expires_in", 5401}, {"multiple", true}, {"hide_totals", true}};
  EXPECT_EQ(sent(edit, {.has_poll = true, .poll_left = absl::Seconds(5400) + absl::Milliseconds(1)}), wanted);
  wanted["poll"]["expires_in"] = 21600;
  EXPECT_EQ(sent(edit, {.has_poll = true, .poll_left = absl::Hours(6) + absl::Seconds(1)}), wanted) << "no longer than it was approved";
  EXPECT_EQ(sent(edit, {.has_poll = true}), wanted) << "it has no end";
  EXPECT_EQ(sent(edit, {}), plain) << "somebody took it away";
}

TEST(MastodonAct, WhatAStatusIsBeforeAnEdit) {
  const auto read = [](const std::string& body, http::Headers headers = {}) {
    return ReadBeforeEdit({200, platform::Json::parse(body), std::move(headers)}, kNow);
  };
  EXPECT_FALSE(read(R"({"id":"77","sensitive":false,"poll":null})").has_poll);
  EXPECT_TRUE(read(R"({"id":"77","sensitive":true})").sensitive);
  EXPECT_FALSE(read("[]").sensitive);
  const BeforeEdit endless = read(R"({"poll":{"expires_at":null}})");
  EXPECT_TRUE(endless.has_poll);
  EXPECT_FALSE(endless.poll_left);
  EXPECT_FALSE(endless.PollHasEnded());
  const auto poll = [](absl::Time ends_at) {
    return platform::Json({{"poll", {{"expires_at", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", ends_at, absl::UTCTimeZone())}}}}).dump();
  };
  EXPECT_EQ(read(poll(kNow + absl::Minutes(9))).poll_left, absl::Minutes(9));
  EXPECT_TRUE(read(poll(kNow)).PollHasEnded());
  // Its clock is ten minutes ahead of ours.
  const std::string date = absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", kNow + absl::Minutes(10), absl::UTCTimeZone());
  EXPECT_EQ(read(poll(kNow + absl::Minutes(30)), {{"Date", date}}).poll_left, absl::Minutes(20));
  EXPECT_TRUE(read(poll(kNow + absl::Minutes(9)), {{"Date", date}}).PollHasEnded());
}

TEST(MastodonAct, AnEditReadsTheStatusFirst) {
  carillon::testing::FakeClock clock;
  FakeHttpClient client;
  const auto connector = MakeConnector(client, clock, OwnFacts());
  int status = 200;
  absl::Time ends_at = clock.Now() + absl::Minutes(90);
  client.Handle([&](const http::HttpRequest& request) {
    if (request.method != "GET") return FakeHttpClient::Response(200, R"({"id":"77"})");
    const platform::Json poll = {{"expires_at", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", ends_at, absl::UTCTimeZone())}};
    return FakeHttpClient::Response(status, platform::Json({{"id", "77"}, {"error", "so"}, {"poll", poll}}).dump());
  });
  platform::ActRequest edit = Request(Action::kEdit);
  edit.content.poll = platform::Poll{{"small", "large"}, false, false, absl::Hours(6)};
  EXPECT_EQ(connector->Act(edit).kind, Kind::kPublished);
  ASSERT_EQ(client.requests.size(), 2u);
  EXPECT_EQ(client.requests[0].url, "https://social.example/api/v1/statuses/77");
  EXPECT_FALSE(client.requests[0].has_effect);
  EXPECT_EQ(client.requests[1].method, "PUT");
  EXPECT_EQ(platform::Json::parse(client.requests[1].body)["poll"]["expires_in"], 5400);
  ends_at = clock.Now();
  EXPECT_EQ(connector->Act(edit).error_class, ErrorClass::kPermanent) << "it would be open again";
  status = 404;
  EXPECT_EQ(connector->Act(edit).error_class, ErrorClass::kPermanent) << "it is gone";
  status = 503;
  EXPECT_EQ(connector->Act(edit).error_class, ErrorClass::kRetryable);
  EXPECT_EQ(client.requests.size(), 5u) << "nothing was sent";
  EXPECT_EQ(connector->Act(Request(Action::kLike)).kind, Kind::kPublished);
  EXPECT_EQ(client.requests.size(), 6u) << "all else needs no look";
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
