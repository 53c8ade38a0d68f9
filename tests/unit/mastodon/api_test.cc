#include "common/platform/mastodon/api.h"
#include "common/platform/redact.h"

#include <gtest/gtest.h>

#include "common/platform/error_class.h"
#include "common/platform/mastodon/headers.h"
#include "common/platform/mastodon/status.h"

namespace carillon::mastodon {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);  // Fri, 15 Jan 2027 08:00:00 GMT

absl::Duration WaitOf(const http::Headers& headers) { return RetryAt(headers, kNow) - kNow; }

TEST(MastodonHeaders, RetryAt) {
  EXPECT_EQ(WaitOf({}), absl::Minutes(1));
  EXPECT_EQ(WaitOf({{"X-RateLimit-Reset", "2027-01-15T08:05:00.000Z"}}), absl::Minutes(5));
  EXPECT_EQ(WaitOf({{"x-ratelimit-reset", "2027-01-15T09:05:00+01:00"}}), absl::Minutes(5));
  EXPECT_EQ(WaitOf({{"X-RateLimit-Reset", "1800000120"}}), absl::Minutes(2));
  EXPECT_EQ(WaitOf({{"Retry-After", "30"}}), absl::Seconds(30));
  EXPECT_EQ(WaitOf({{"X-RateLimit-Reset", "soon"}, {"Retry-After", "later"}}), absl::Minutes(1));
  EXPECT_EQ(WaitOf({{"X-RateLimit-Reset", "2020-01-01T00:00:00Z"}}), absl::Seconds(1));
  EXPECT_EQ(WaitOf({{"X-RateLimit-Reset", "2099-01-01T00:00:00Z"}}), absl::Hours(24));
  // The server's clock is an hour ahead.
  EXPECT_EQ(WaitOf({{"X-RateLimit-Reset", "2027-01-15T09:05:00Z"}, {"Date", "Fri, 15 Jan 2027 09:00:00 GMT"}}),
            absl::Minutes(5));
}

TEST(MastodonApi, StatusesBecomeErrors) {
  const Access access{"https://social.example", "s3cr3t"};
  struct Row {
    int status;
    const char* body;
    Code code;
    const char* reason;
    platform::ErrorClass error_class;
  };
  using platform::ErrorClass;
  const Row rows[] = {
      {401, R"({"error":"x"})", Code::kUnauthenticated, "TOKEN_REFUSED", platform::ErrorClass::kAuth},
      {401, "x", Code::kUnavailable, "", platform::ErrorClass::kRetryable},
      {403, R"({"error":"x"})", Code::kPermissionDenied, "NOT_ALLOWED", platform::ErrorClass::kPermanent},
      {404, R"({"error":"x"})", Code::kNotFound, "REMOTE_NOT_FOUND", platform::ErrorClass::kPermanent},
      {422, R"({"error":"x"})", Code::kInvalidArgument, "REMOTE_REFUSED", platform::ErrorClass::kInvalidContent},
      {429, "x", Code::kResourceExhausted, "RATE_LIMITED", platform::ErrorClass::kRateLimited},
      {500, R"({"error":"x"})", Code::kUnavailable, "", platform::ErrorClass::kRetryable},
      {302, "", Code::kUnavailable, "", platform::ErrorClass::kRetryable},
  };
  for (const Row& row : rows) {
    const Status status = StatusOfResponse({row.status, {}, row.body}, access, kNow);
    EXPECT_EQ(status.code(), row.code) << row.status;
    EXPECT_EQ(ReasonOf(status), row.reason) << row.status;
    EXPECT_EQ(platform::ErrorClassOf(status), row.error_class) << row.status;
  }
  const Status limited = StatusOfResponse({429, {{"Retry-After", "30"}}, ""}, access, kNow);
  EXPECT_EQ(platform::RetryAtOf(limited), kNow + absl::Seconds(30));
  EXPECT_EQ(platform::RetryAtOf(Ok()), std::nullopt);
}

TEST(MastodonApi, NamesAndHosts) {
  EXPECT_EQ(platform::HostOf("https://social.example/x"), "social.example");
  EXPECT_EQ(platform::HostOf("http://127.0.0.1:3000"), "127.0.0.1:3000");
  EXPECT_EQ(FullName("ana", "https://social.example/"), "ana@social.example");
  EXPECT_EQ(FullName("ana@other.example", "https://social.example"), "ana@other.example");
}

TEST(MastodonStatus, ReadsAndRefuses) {
  const auto full = platform::ParseJson(R"({"id":9,"created_at":"2027-01-15T08:00:00.000Z","content":"<p>a &amp; b</p>",
      "uri":"https://social.example/s/9","in_reply_to_id":"8","in_reply_to_account_id":"1","spoiler_text":"w",
      "account":{"id":"2","acct":"ana","display_name":"Ana"},"mentions":[{"id":"1"}],"media_attachments":[{}],
      "favourites_count":3,"reblogs_count":2,"replies_count":1})");
  ASSERT_TRUE(full);
  const Result<StatusView> view = ReadStatus(*full, "https://social.example");
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->id, "9");
  EXPECT_EQ(view->url, "https://social.example/s/9");
  EXPECT_EQ(view->text, "a & b");
  EXPECT_EQ(view->author, "ana@social.example");
  EXPECT_EQ(view->media_count, 1);
  EXPECT_EQ(view->mentioned_account_ids, std::vector<std::string>{"1"});
  EXPECT_EQ(view->favourites, 3);
  for (const char* bad : {"{}", "[]", "null", R"({"id":"1"})", R"({"id":"1","created_at":"yesterday"})"}) {
    EXPECT_FALSE(ReadStatus(*platform::ParseJson(bad), "https://social.example").ok()) << bad;
  }
}

TEST(MastodonStatus, IdsOrderAsNumbers) {
  EXPECT_TRUE(IdLess("9", "10"));
  EXPECT_FALSE(IdLess("10", "9"));
  EXPECT_FALSE(IdLess("10", "10"));
  EXPECT_TRUE(IdLess("01H0000000000000000000000A", "01H0000000000000000000000B"));
}

// A server may send what it likes; copying JSON takes a stack frame for each level.
TEST(MastodonJson, NestingIsBounded) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(platform::ParseJson(nested(platform::kJsonDepthMax)).has_value());
  EXPECT_FALSE(platform::ParseJson(nested(platform::kJsonDepthMax + 1)).has_value());
  EXPECT_FALSE(platform::ParseJson(nested(1'000'000)).has_value());
  EXPECT_TRUE(platform::ParseJson(R"({"a":"[[\"{{","b":")" + std::string(200, '[') + R"("})").has_value());
}

TEST(MastodonJson, LargeNumbersAreNotTurnedNegative) {
  const platform::Json json = *platform::ParseJson(R"({"id":18446744073709551615,"count":18446744073709551615})");
  EXPECT_EQ(platform::GetId(json, "id"), "18446744073709551615");
  EXPECT_EQ(platform::GetInteger(json, "count", 7), 7);
  const platform::Json counts = *platform::ParseJson(R"({"a":9223372036854775807,"b":-9223372036854775808,"c":3})");
  EXPECT_EQ(platform::GetCount(counts, "a"), platform::kCountMax);
  EXPECT_EQ(platform::GetCount(counts, "b"), 0);
  EXPECT_EQ(platform::GetCount(counts, "c"), 3);
}

TEST(MastodonHeaders, ATimeIsFinite) {
  EXPECT_EQ(ParseTime("infinite-future"), std::nullopt);
  EXPECT_EQ(ParseTime("infinite-past"), std::nullopt);
}

}  // namespace
}  // namespace carillon::mastodon
