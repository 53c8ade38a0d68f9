// What X's answers mean: each row of its error table, its limits, and calls without an effect.
#include "common/platform/x/errors.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "common/platform/error_class.h"
#include "common/platform/x/headers.h"
#include "common/platform/x/problem.h"
#include "common/platform/x/rates.h"

namespace carillon::x {
namespace {

using Kind = platform::PublishOutcome::Kind;
using platform::ErrorClass;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
const Access kAccess{"https://api.x.com", "s3cr3t"};

http::HttpOutcome Answered(int status, std::string body, http::Headers headers = {}) {
  http::HttpOutcome out;
  out.response = http::HttpResponse{status, std::move(headers), std::move(body)};
  out.maybe_executed = true;
  return out;
}

http::HttpOutcome Failed(Status error, bool maybe_executed) {
  http::HttpOutcome out;
  out.error = std::move(error);
  out.maybe_executed = maybe_executed;
  return out;
}

std::string Problem403(const std::string& detail, const std::string& type = "about:blank") {
  return R"({"detail":")" + detail + R"(","type":")" + type + R"(","title":"Forbidden","status":403})";
}

platform::PublishOutcome Classify(int status, std::string body, http::Headers headers = {}) {
  return ClassifyPublish(Answered(status, std::move(body), std::move(headers)), kAccess, kNow);
}

struct Row {
  int status;
  std::string body;
  std::optional<ErrorClass> refused;  // nothing: unknown
};

TEST(XErrors, EachRow) {
  const std::string invalid =
      R"({"title":"Invalid Request","detail":"One or more parameters","type":"https://api.x.com/2/problems/invalid-request"})";
  const std::string rate = R"({"title":"Too Many Requests","detail":"Too Many Requests","type":"about:blank","status":429})";
  const std::string capped =
      R"({"title":"UsageCapExceeded","detail":"Usage cap exceeded: Monthly","type":"https://api.x.com/2/problems/usage-capped"})";
  const std::string credits = R"({"title":"CreditsDepleted","detail":"no credits","type":"https://api.x.com/2/problems/credits"})";
  const std::string page = "<html>503</html>";
  const Row rows[] = {
      {401, R"({"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"})", ErrorClass::kAuth},
      {401, page, std::nullopt},
      {403, Problem403("Authenticating with OAuth 2.0 Application-Only is forbidden", "https://api.x.com/2/problems/unsupported-authentication"),
       ErrorClass::kAuth},
      {403, R"({"title":"Unsupported Authentication","detail":"x","type":"about:blank"})", ErrorClass::kAuth},
      {429, rate, ErrorClass::kRateLimited},
      {429, page, ErrorClass::kRateLimited},
      {429, capped, ErrorClass::kPermanent},
      {403, capped, ErrorClass::kPermanent},
      {402, credits, ErrorClass::kPermanent},
      {402, page, std::nullopt},
      {400, invalid, ErrorClass::kInvalidContent},
      {400, R"({"errors":[{"message":"Your media IDs are invalid."}],"title":"Invalid Request"})", ErrorClass::kInvalidContent},
      {400, page, std::nullopt},
      {403, Problem403("x", "https://api.x.com/2/problems/client-forbidden"), ErrorClass::kPermanent},
      {403, Problem403("maximum of one cashtag"), ErrorClass::kPermanent},
      {403, Problem403("You are not permitted to perform this action."), ErrorClass::kPermanent},
      {403, Problem403("You are not allowed to post a video longer than 2 minutes."), ErrorClass::kPermanent},
      {403, page, std::nullopt},
      {403, Problem403("You are not allowed to create a Tweet with duplicate content."), ErrorClass::kDuplicate},
      {404, R"({"title":"Not Found Error","detail":"gone","type":"https://api.x.com/2/problems/resource-not-found"})",
       ErrorClass::kPermanent},
      {404, "", std::nullopt},
      {307, "", ErrorClass::kPermanent},
      {301, "", std::nullopt},
      {413, page, ErrorClass::kInvalidContent},
      {425, "", ErrorClass::kRetryable},
      {408, rate, std::nullopt},
      {409, invalid, std::nullopt},
      {500, invalid, std::nullopt},
      {502, page, std::nullopt},
      {503, capped, std::nullopt},
      {504, "", std::nullopt},
      {200, invalid, std::nullopt},
      {200, R"({"errors":[{"title":"Forbidden","detail":"x","type":"about:blank"}]})", std::nullopt},
      {201, "", std::nullopt},
      {201, R"({"data":{"id":"not-an-id"}})", std::nullopt},
  };
  for (const Row& row : rows) {
    const platform::PublishOutcome out = Classify(row.status, row.body);
    EXPECT_EQ(out.kind, row.refused ? Kind::kRefused : Kind::kUnknown) << row.status << " " << row.body;
    EXPECT_EQ(out.error_class, row.refused.value_or(ErrorClass::kNone)) << row.status << " " << row.body;
    EXPECT_TRUE(out.remote_id.empty());
    EXPECT_NE(out.error.find("api.x.com"), std::string::npos) << out.error;
  }
}

TEST(XErrors, PublishedNeedsTheId) {
  const platform::PublishOutcome out =
      Classify(201, R"({"data":{"id":"1880000000000000001","text":"Hello"}})");
  EXPECT_EQ(out.kind, Kind::kPublished);
  EXPECT_EQ(out.remote_id, "1880000000000000001");
  EXPECT_EQ(out.remote_url, "https://x.com/i/web/status/1880000000000000001");
}

TEST(XErrors, WithoutAnAnswer) {
  EXPECT_EQ(ClassifyPublish(Failed(MakeStatus(Code::kDeadlineExceeded, "x"), true), kAccess, kNow).kind,
            Kind::kUnknown);
  EXPECT_EQ(ClassifyPublish(Failed(Refuse(Code::kAborted, "SEND_REFUSED", "x"), false), kAccess, kNow).kind,
            Kind::kNotSent);
  const auto refused =
      ClassifyPublish(Failed(MakeStatus(Code::kUnavailable, "refused"), false), kAccess, kNow);
  EXPECT_EQ(refused.kind, Kind::kRefused);
  EXPECT_EQ(refused.error_class, ErrorClass::kRetryable);
  const auto blocked =
      ClassifyPublish(Failed(Refuse(Code::kInvalidArgument, "PRIVATE_ADDRESS", "x"), false), kAccess, kNow);
  EXPECT_EQ(blocked.error_class, ErrorClass::kPermanent);
}

TEST(XErrors, AnErrorIsShortAndWithoutTheToken) {
  const std::string detail = "token s3cr3t " + std::string(1000, 'x') + "\\u001b[31m\\n";
  const platform::PublishOutcome out = Classify(403, Problem403(detail));
  EXPECT_LE(out.error.size(), 300u);
  EXPECT_EQ(out.error.find("s3cr3t"), std::string::npos);
  EXPECT_EQ(out.error.find('\x1b'), std::string::npos);
}

http::Headers Limits(int remaining, int64_t reset) {
  return {{"x-rate-limit-limit", "100"},
          {"x-rate-limit-remaining", std::to_string(remaining)},
          {"x-rate-limit-reset", std::to_string(reset)}};
}

TEST(XLimits, OfEachAnswer) {
  const auto out = Classify(201, R"({"data":{"id":"1"}})", Limits(7, 1'800'000'600));
  EXPECT_EQ(out.limit_remaining, 7);
  EXPECT_EQ(out.limit_reset, kNow + absl::Minutes(10));
  EXPECT_FALSE(out.retry_at);
  EXPECT_FALSE(Classify(201, R"({"data":{"id":"1"}})").limit_remaining);
}

TEST(XLimits, TheWindowThatHasTheLeast) {
  http::Headers headers = Limits(50, 1'800'000'600);
  headers["x-user-limit-24hour-remaining"] = "3";
  headers["x-user-limit-24hour-reset"] = "1800050000";
  headers["x-app-limit-24hour-remaining"] = "900";
  headers["x-app-limit-24hour-reset"] = "1800080000";
  const RateLimit limit = ReadRateLimit(headers, kNow);
  EXPECT_EQ(limit.remaining, 3);
  EXPECT_EQ(limit.reset, absl::FromUnixSeconds(1'800'050'000));
}

TEST(XLimits, EachWindowByItsName) {
  http::Headers headers = Limits(50, 1'800'000'600);
  headers["x-app-limit-24hour-limit"] = "10000";
  headers["x-app-limit-24hour-remaining"] = "900";
  headers["x-app-limit-24hour-reset"] = "1800080000";
  headers["x-user-limit-24hour-remaining"] = "3";  // until when?
  auto out = Classify(201, R"({"data":{"id":"1"}})", headers);
  ASSERT_EQ(out.readings.size(), 2u);
  NameReadings({{"post", {}}, {"post_of_app", {}}}, out);
  EXPECT_EQ(out.readings[0].name, "post");
  EXPECT_EQ(out.readings[0].limit, 100);
  EXPECT_EQ(out.readings[0].remaining, 50);
  EXPECT_EQ(out.readings[0].reset, kNow + absl::Minutes(10));
  EXPECT_EQ(out.readings[1].name, "post_of_app");
  EXPECT_EQ(out.readings[1].limit, 10'000);
  NameReadings({}, out);
  EXPECT_TRUE(out.readings.empty()) << "of nothing that is counted";
}

TEST(XLimits, RetryWhenTheLastUsedUpWindowEnds) {
  const std::string body = R"({"title":"Too Many Requests","detail":"x"})";
  EXPECT_EQ(Classify(429, body, Limits(0, 1'800'000'600)).retry_at, kNow + absl::Minutes(10));
  http::Headers day = Limits(40, 1'800'000'600);
  day["x-user-limit-24hour-remaining"] = "0";
  day["x-user-limit-24hour-reset"] = "1800050000";
  EXPECT_EQ(Classify(429, body, day).retry_at, absl::FromUnixSeconds(1'800'050'000));
  EXPECT_EQ(Classify(429, body).retry_at, kNow + absl::Minutes(1));
  EXPECT_EQ(Classify(429, body, {{"Retry-After", "30"}}).retry_at, kNow + absl::Seconds(30));
  EXPECT_EQ(Classify(429, body, Limits(0, 1)).retry_at, kNow + absl::Seconds(1)) << "long over";
  EXPECT_EQ(Classify(429, body, Limits(0, 9'800'000'000)).retry_at, kNow + absl::Hours(25));
}

TEST(XLimits, AClockOfOursThatIsWrong) {
  http::Headers headers = Limits(0, 1'800'000'600);
  headers["Date"] = absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", kNow - absl::Minutes(5), absl::UTCTimeZone());
  EXPECT_EQ(RetryAt(headers, kNow), kNow + absl::Minutes(15));
}

TEST(XApi, CallsWithoutAnEffect) {
  struct Expected {
    int status;
    std::string body;
    Code code;
    std::string reason;
    ErrorClass error_class;
  };
  const std::string own = R"({"title":"t","detail":"d"})";
  for (const Expected& row : {
           Expected{400, own, Code::kInvalidArgument, "REMOTE_REFUSED", ErrorClass::kInvalidContent},
           Expected{401, own, Code::kUnauthenticated, "TOKEN_REFUSED", ErrorClass::kAuth},
           Expected{401, "<html>", Code::kUnavailable, "", ErrorClass::kRetryable},
           Expected{402, own, Code::kPermissionDenied, "NO_CREDITS", ErrorClass::kPermanent},
           Expected{403, own, Code::kPermissionDenied, "NOT_ALLOWED", ErrorClass::kPermanent},
           Expected{403, Problem403("x", "https://api.x.com/2/problems/unsupported-authentication"), Code::kUnauthenticated,
                    "TOKEN_REFUSED", ErrorClass::kAuth},
           Expected{404, own, Code::kNotFound, "REMOTE_NOT_FOUND", ErrorClass::kPermanent},
           Expected{429, own, Code::kResourceExhausted, "RATE_LIMITED", ErrorClass::kRateLimited},
           Expected{500, own, Code::kUnavailable, "", ErrorClass::kRetryable},
       }) {
    const Status status = StatusOfResponse(*Answered(row.status, row.body).response, kAccess, kNow);
    EXPECT_EQ(status.code(), row.code) << row.status;
    EXPECT_EQ(ReasonOf(status), row.reason) << row.status;
    EXPECT_EQ(platform::ErrorClassOf(status), row.error_class) << row.status;
  }
}

TEST(XApi, IdsAreTextAndOrderedAsNumbers) {
  EXPECT_TRUE(IdLess("999", "1000"));
  EXPECT_FALSE(IdLess("1000", "999"));
  EXPECT_FALSE(IdLess("1000", "1000"));
  EXPECT_TRUE(IdLess("0999", "1000"));
  EXPECT_TRUE(IsId("1880000000000000001"));
  for (const char* none : {"", "18800000000000000011", "-1", "1a", " 1", "at://x"}) EXPECT_FALSE(IsId(none)) << none;
}

}  // namespace
}  // namespace carillon::x
