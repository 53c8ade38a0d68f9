#include "common/platform/mastodon/errors.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/mastodon/fake_http.h"

namespace carillon::mastodon {
namespace {

using http::testing::FakeHttpClient;
using Kind = platform::PublishOutcome::Kind;

const Access kAccess{"https://social.example", "s3cr3t-token"};
const absl::Time kNow = absl::FromUnixSeconds(1'770'000'000);

platform::PublishOutcome Classify(const http::HttpOutcome& outcome) { return ClassifyPublish(outcome, kAccess, kNow); }
platform::PublishOutcome OfResponse(int status, std::string body, http::Headers headers = {}) {
  return Classify(FakeHttpClient::Response(status, std::move(body), std::move(headers)));
}

TEST(PublishVerdict, EveryResponse) {
  const std::string error = R"({"error":"no"})";
  const std::string page = "<html><h1>blocked</h1></html>";
  struct Row {
    int status;
    std::string body;
    Kind kind;
    platform::ErrorClass error_class;
  };
  const Row rows[] = {
      {200, R"({"id":"1","url":"https://social.example/@a/1"})", Kind::kPublished, platform::ErrorClass::kNone},
      {200, R"({"id":17})", Kind::kPublished, platform::ErrorClass::kNone},
      {202, R"({"id":"1"})", Kind::kPublished, platform::ErrorClass::kNone},
      {200, "", Kind::kUnknown, platform::ErrorClass::kNone},
      {200, page, Kind::kUnknown, platform::ErrorClass::kNone},
      {200, "[]", Kind::kUnknown, platform::ErrorClass::kNone},
      {200, R"({"id":""})", Kind::kUnknown, platform::ErrorClass::kNone},
      {200, R"({"id":null})", Kind::kUnknown, platform::ErrorClass::kNone},
      {204, "", Kind::kUnknown, platform::ErrorClass::kNone},
      {301, "", Kind::kUnknown, platform::ErrorClass::kNone},
      {303, "", Kind::kUnknown, platform::ErrorClass::kNone},
      {307, "", Kind::kRefused, platform::ErrorClass::kPermanent},
      {308, "", Kind::kRefused, platform::ErrorClass::kPermanent},
      {400, error, Kind::kRefused, platform::ErrorClass::kInvalidContent},
      {401, error, Kind::kRefused, platform::ErrorClass::kAuth},
      {401, page, Kind::kUnknown, platform::ErrorClass::kNone},  // a proxy's: says nothing about the token
      {403, error, Kind::kRefused, platform::ErrorClass::kPermanent},
      {403, page, Kind::kUnknown, platform::ErrorClass::kNone},
      {404, error, Kind::kRefused, platform::ErrorClass::kPermanent},
      {404, page, Kind::kUnknown, platform::ErrorClass::kNone},
      {408, error, Kind::kUnknown, platform::ErrorClass::kNone},
      {409, error, Kind::kRefused, platform::ErrorClass::kDuplicate},
      {410, error, Kind::kRefused, platform::ErrorClass::kPermanent},
      {413, page, Kind::kRefused, platform::ErrorClass::kInvalidContent},
      {422, error, Kind::kRefused, platform::ErrorClass::kInvalidContent},
      {422, R"({"error":"Validation failed: Text character limit of 500 exceeded"})", Kind::kRefused,
       platform::ErrorClass::kInvalidContent},
      {422, R"({"error":"Cannot attach files that have not finished processing. Try again in a moment!"})",
       Kind::kRefused, platform::ErrorClass::kRetryable},
      {422, R"({"error":"Duplicate record"})", Kind::kRefused, platform::ErrorClass::kDuplicate},
      {422, page, Kind::kUnknown, platform::ErrorClass::kNone},
      {425, "", Kind::kRefused, platform::ErrorClass::kRetryable},
      {429, error, Kind::kRefused, platform::ErrorClass::kRateLimited},
      {429, page, Kind::kRefused, platform::ErrorClass::kRateLimited},
      {500, error, Kind::kUnknown, platform::ErrorClass::kNone},
      {502, page, Kind::kUnknown, platform::ErrorClass::kNone},
      {503, error, Kind::kUnknown, platform::ErrorClass::kNone},
      {504, page, Kind::kUnknown, platform::ErrorClass::kNone},
      {599, "", Kind::kUnknown, platform::ErrorClass::kNone},
  };
  for (const Row& row : rows) {
    const platform::PublishOutcome out = OfResponse(row.status, row.body);
    EXPECT_EQ(out.kind, row.kind) << row.status << " " << row.body;
    EXPECT_EQ(out.error_class, row.error_class) << row.status << " " << row.body;
    EXPECT_EQ(out.remote_id.empty(), row.kind != Kind::kPublished) << row.status << " " << row.body;
    EXPECT_EQ(out.error.empty(), row.kind == Kind::kPublished) << row.status << " " << row.body;
  }
}

TEST(PublishVerdict, EveryFailure) {
  struct Row {
    Status error;
    bool maybe_executed;
    Kind kind;
    platform::ErrorClass error_class;
  };
  const auto unavailable = [](std::string_view text) { return MakeStatus(Code::kUnavailable, text); };
  const Row rows[] = {
      {unavailable("connection refused"), false, Kind::kRefused, platform::ErrorClass::kRetryable},
      {unavailable("TLS handshake failed"), false, Kind::kRefused, platform::ErrorClass::kRetryable},
      {unavailable("closed without a byte"), true, Kind::kUnknown, platform::ErrorClass::kNone},
      {MakeStatus(Code::kDeadlineExceeded, "no answer"), true, Kind::kUnknown, platform::ErrorClass::kNone},
      {MakeStatus(Code::kDeadlineExceeded, "no connection"), false, Kind::kRefused, platform::ErrorClass::kRetryable},
      {MakeStatus(Code::kResourceExhausted, "large"), true, Kind::kUnknown, platform::ErrorClass::kNone},
      {Refuse(Code::kNotFound, "UNKNOWN_HOST", "?"), false, Kind::kRefused, platform::ErrorClass::kRetryable},
      {Refuse(Code::kInvalidArgument, "BAD_URL", "?"), false, Kind::kRefused, platform::ErrorClass::kPermanent},
      {Refuse(Code::kInvalidArgument, "PRIVATE_ADDRESS", "?"), false, Kind::kRefused, platform::ErrorClass::kPermanent},
      {Refuse(Code::kAborted, "SEND_REFUSED", "?"), false, Kind::kNotSent, platform::ErrorClass::kNone},
      // What may have left proves nothing, whatever the reason says.
      {Refuse(Code::kAborted, "SEND_REFUSED", "?"), true, Kind::kUnknown, platform::ErrorClass::kNone},
  };
  for (const Row& row : rows) {
    const platform::PublishOutcome out = Classify(FakeHttpClient::Failure(row.error, row.maybe_executed));
    EXPECT_EQ(out.kind, row.kind) << ToString(row.error);
    EXPECT_EQ(out.error_class, row.error_class) << ToString(row.error);
  }
}

TEST(PublishVerdict, RateLimitHeaders) {
  const platform::PublishOutcome limited =
      OfResponse(429, "{}", {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "2026-02-02T02:45:00.123456Z"}});
  ASSERT_TRUE(limited.retry_at);
  EXPECT_EQ(absl::FormatTime(absl::RFC3339_sec, *limited.retry_at, absl::UTCTimeZone()), "2026-02-02T02:45:00+00:00");
  EXPECT_EQ(limited.limit_remaining, 0);
  ASSERT_TRUE(limited.limit_reset);
  EXPECT_EQ(*limited.limit_reset, *limited.retry_at);

  const platform::PublishOutcome published =
      OfResponse(200, R"({"id":"1"})", {{"X-RateLimit-Remaining", "42"}, {"X-RateLimit-Reset", "2026-02-02T02:45:00Z"}});
  EXPECT_EQ(published.limit_remaining, 42);
  EXPECT_TRUE(published.limit_reset);
  EXPECT_FALSE(published.retry_at);
  ASSERT_EQ(published.readings.size(), 1u);
  EXPECT_EQ(published.readings[0].name, "") << "the request's own";
  EXPECT_EQ(published.readings[0].remaining, 42);
  EXPECT_FALSE(published.readings[0].limit);
  EXPECT_EQ(OfResponse(200, R"({"id":"1"})", {{"X-RateLimit-Limit", "300"},
                                              {"X-RateLimit-Remaining", "42"},
                                              {"X-RateLimit-Reset", "2026-02-02T02:45:00Z"}}).readings[0].limit, 300);
  EXPECT_TRUE(OfResponse(200, R"({"id":"1"})", {{"X-RateLimit-Remaining", "42"}}).readings.empty()) << "until when?";
}

TEST(PublishVerdict, ErrorsAreShortAndHoldNoSecret) {
  const std::string body =
      R"({"error":"bad token s3cr3t-token\nfor you )" + std::string(5000, 'x') + "\"}";
  for (const int status : {401, 500}) {
    const platform::PublishOutcome out = OfResponse(status, body);
    EXPECT_EQ(out.error.find("s3cr3t-token"), std::string::npos) << out.error;
    EXPECT_NE(out.error.find("[redacted]"), std::string::npos) << out.error;
    EXPECT_EQ(out.error.find('\n'), std::string::npos);
    EXPECT_LE(out.error.size(), 300u);
    EXPECT_NE(out.error.find("social.example"), std::string::npos);
  }
}

}  // namespace
}  // namespace carillon::mastodon
