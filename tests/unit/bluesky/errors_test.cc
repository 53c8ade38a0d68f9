#include "common/platform/bluesky/errors.h"

#include <gtest/gtest.h>

#include "tests/unit/mastodon/fake_http.h"

namespace carillon::bluesky {
namespace {

using http::testing::FakeHttpClient;
using Kind = platform::PublishOutcome::Kind;
using platform::ErrorClass;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
const Access kAccess{"https://pds.example", "secret-token"};

platform::PublishOutcome Classify(int status, const std::string& body, http::Headers headers = {}) {
  return ClassifyPublish(FakeHttpClient::Response(status, body, std::move(headers)), kAccess, kNow);
}

std::string Error(const std::string& error) {
  return R"({"error":")" + error + R"(","message":"why secret-token"})";
}

struct Row {
  int status;
  const char* error;
  ErrorClass error_class;
};

TEST(BlueskyErrors, EachRow) {
  for (const Row& row : {
           Row{400, "ExpiredToken", ErrorClass::kAuth},
           Row{401, "ExpiredToken", ErrorClass::kAuth},
           Row{400, "InvalidToken", ErrorClass::kAuth},
           Row{401, "AuthMissing", ErrorClass::kAuth},
           Row{400, "AuthFactorTokenRequired", ErrorClass::kAuth},
           Row{400, "InvalidSwap", ErrorClass::kDuplicate},
           Row{400, "InvalidRequest", ErrorClass::kInvalidContent},
           Row{400, "BlobTooLarge", ErrorClass::kInvalidContent},
           Row{400, "BlobNotFound", ErrorClass::kRetryable},
           Row{400, "AccountTakedown", ErrorClass::kPermanent},
           Row{401, "AccountTakedown", ErrorClass::kPermanent},
           Row{401, "AccountDeactivated", ErrorClass::kPermanent},
           Row{400, "RepoNotFound", ErrorClass::kPermanent},
           Row{425, "TooEarly", ErrorClass::kRetryable},
           Row{403, "Forbidden", ErrorClass::kPermanent},
           Row{404, "XRPCNotSupported", ErrorClass::kPermanent},
           Row{413, "PayloadTooLarge", ErrorClass::kInvalidContent},
       }) {
    const auto out = Classify(row.status, Error(row.error));
    EXPECT_EQ(out.kind, Kind::kRefused) << row.status << " " << row.error;
    EXPECT_EQ(out.error_class, row.error_class) << row.status << " " << row.error;
    EXPECT_NE(out.error.find(row.error), std::string::npos);
    EXPECT_EQ(out.error.find("secret-token"), std::string::npos) << out.error;
  }
}

TEST(BlueskyErrors, WhatProvesNothingIsUnknown) {
  for (const int status : {200, 301, 500, 502, 503, 504}) {
    EXPECT_EQ(Classify(status, Error("InternalServerError")).kind, Kind::kUnknown) << status;
  }
  for (const int status : {400, 401, 403, 404, 413}) {
    EXPECT_EQ(Classify(status, "<html>a proxy's page</html>").kind, Kind::kUnknown) << status;
  }
  EXPECT_EQ(Classify(200, R"({"uri":"https://elsewhere"})").kind, Kind::kUnknown);
}

// Who a refusal is about, for what has no effect; 5xx and what is no word of the server's prove nothing.
TEST(BlueskyErrors, OfReads) {
  struct ReadRow {
    int status;
    const char* error;
    Code code;
    const char* reason;
  };
  for (const ReadRow& row : {
           ReadRow{400, "ExpiredToken", Code::kUnauthenticated, "TOKEN_EXPIRED"},
           ReadRow{401, "ExpiredToken", Code::kUnauthenticated, "TOKEN_EXPIRED"},
           ReadRow{400, "InvalidToken", Code::kUnauthenticated, "TOKEN_REFUSED"},
           ReadRow{401, "AuthFactorTokenRequired", Code::kUnauthenticated, "TOKEN_REFUSED"},
           ReadRow{401, "AccountTakedown", Code::kPermissionDenied, "NOT_ALLOWED"},
           ReadRow{400, "RecordNotFound", Code::kNotFound, "RECORD_NOT_FOUND"},
           ReadRow{400, "NotFound", Code::kNotFound, "REMOTE_NOT_FOUND"},
           ReadRow{400, "InvalidRequest", Code::kInvalidArgument, "REMOTE_REFUSED"},
           ReadRow{403, "Forbidden", Code::kPermissionDenied, "NOT_ALLOWED"},
           ReadRow{429, "RateLimitExceeded", Code::kResourceExhausted, "RATE_LIMITED"},
           ReadRow{500, "InternalServerError", Code::kUnavailable, ""},
           ReadRow{502, "UpstreamFailure", Code::kUnavailable, ""},
           ReadRow{301, "Moved", Code::kUnavailable, ""},
       }) {
    const auto response = FakeHttpClient::Response(row.status, Error(row.error));
    const Status status = StatusOfResponse(*response.response, kAccess, kNow);
    EXPECT_EQ(status.code(), row.code) << row.status << " " << row.error;
    EXPECT_EQ(ReasonOf(status), row.reason) << row.status << " " << row.error;
    EXPECT_EQ(Message(status).find("secret-token"), std::string::npos);
  }
  const auto page = FakeHttpClient::Response(401, "<html>");
  EXPECT_EQ(StatusOfResponse(*page.response, kAccess, kNow).code(), Code::kUnavailable);
}

TEST(BlueskyErrors, PublishedHasTheRecordsAddress) {
  const auto out = Classify(200, R"({"uri":"at://did:plc:abc/app.bsky.feed.post/3k","cid":"b"})",
                            {{"RateLimit-Remaining", "0"}, {"RateLimit-Reset", "1800000300"}});
  EXPECT_EQ(out.kind, Kind::kPublished);
  EXPECT_EQ(out.remote_id, "at://did:plc:abc/app.bsky.feed.post/3k");
  EXPECT_EQ(out.limit_remaining, 0);
  EXPECT_EQ(out.limit_reset, kNow + absl::Minutes(5));
}

TEST(BlueskyErrors, OnlyTheRepositorysOwnLimitsAreRead) {
  const auto told = [](const char* policy) {
    return Classify(200, R"({"uri":"at://did:plc:abc/app.bsky.feed.post/3k","cid":"b"})",
                    {{"RateLimit-Limit", "5000"}, {"RateLimit-Remaining", "4998"}, {"RateLimit-Reset", "1800003600"}, {"RateLimit-Policy", policy}})
        .readings;
  };
  ASSERT_EQ(told("5000;w=3600").size(), 1u);
  EXPECT_EQ(told("5000;w=3600")[0].name, "points_of_hour");
  EXPECT_EQ(told("5000;w=3600")[0].remaining, 4998);
  EXPECT_EQ(told("5000;w=3600")[0].limit, 5000);
  EXPECT_EQ(told("5000;w=3600")[0].reset, kNow + absl::Hours(1));
  EXPECT_EQ(told("35000;w=86400")[0].name, "points_of_day");
  EXPECT_TRUE(told("3000;w=300").empty()) << "the address's";
  EXPECT_TRUE(told("").empty());
}

TEST(BlueskyErrors, ALimitSaysUntilWhen) {
  const auto out = Classify(429, Error("RateLimitExceeded"), {{"ratelimit-reset", "1800000060"}});
  EXPECT_EQ(out.error_class, ErrorClass::kRateLimited);
  EXPECT_EQ(out.retry_at, kNow + absl::Minutes(1));
  EXPECT_EQ(*Classify(429, "", {{"retry-after", "7"}}).retry_at, kNow + absl::Seconds(7));
  EXPECT_EQ(*Classify(429, "", {{"ratelimit-reset", "5"}}).retry_at, kNow + absl::Seconds(1));
}

TEST(BlueskyErrors, WithoutAResponse) {
  const auto lost = ClassifyPublish(
      FakeHttpClient::Failure(MakeStatus(Code::kUnavailable, "died"), true), kAccess, kNow);
  EXPECT_EQ(lost.kind, Kind::kUnknown);
  const auto none = ClassifyPublish(
      FakeHttpClient::Failure(MakeStatus(Code::kUnavailable, "no connection"), false), kAccess, kNow);
  EXPECT_EQ(none.kind, Kind::kRefused);
  EXPECT_EQ(none.error_class, ErrorClass::kRetryable);
  const auto gate = ClassifyPublish(
      FakeHttpClient::Failure(Refuse(Code::kAborted, "SEND_REFUSED", "no"), false), kAccess, kNow);
  EXPECT_EQ(gate.kind, Kind::kNotSent);
}

}  // namespace
}  // namespace carillon::bluesky
