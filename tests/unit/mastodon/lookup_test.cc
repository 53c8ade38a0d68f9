#include "common/platform/mastodon/lookup.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/testing/fake_clock.h"
#include "common/platform/mastodon/match.h"
#include "tests/unit/mastodon/fake_http.h"
#include "tests/unit/mastodon/timeline.h"

namespace carillon::mastodon {
namespace {

using carillon::testing::StatusJson;
using http::testing::FakeHttpClient;
using Kind = platform::LookupOutcome::Kind;

class Lookup : public ::testing::Test {
 protected:
  platform::LookupRequest Request(absl::Duration ago = absl::Minutes(1)) const {
    platform::LookupRequest request;
    request.access = {.base_url = "https://social.example", .remote_account_id = "1", .access_token = "t"};
    request.content.text = "Hello";
    request.since = clock_.Now() - ago;
    request.timeout = absl::Seconds(10);
    return request;
  }
  absl::Time Ago(absl::Duration ago) const { return clock_.Now() - ago; }
  // Every page is this one; an empty one ends the listing.
  void Answer(std::string first_page, http::Headers headers = {}) {
    client_.Handle([first_page, headers](const http::HttpRequest& request) {
      const bool first = request.url.find("max_id") == std::string::npos;
      return FakeHttpClient::Response(200, first ? first_page : "[]", headers);
    });
  }
  Kind Run() { return LookUp(client_, clock_, Request()).kind; }

  carillon::testing::FakeClock clock_;
  FakeHttpClient client_;
};

TEST_F(Lookup, FindsIt) {
  Answer("[" + StatusJson(12, "<p>Hello</p>", Ago(absl::Seconds(50))) + "]");
  const platform::LookupOutcome out = LookUp(client_, clock_, Request());
  EXPECT_EQ(out.kind, Kind::kFound);
  EXPECT_EQ(out.remote_id, "12");
  EXPECT_EQ(client_.requests[0].url,
            "https://social.example/api/v1/accounts/1/statuses?limit=40&exclude_reblogs=true");
  EXPECT_EQ(client_.requests[0].headers["Authorization"], "Bearer t");
}

TEST_F(Lookup, FindsAQuoteWithoutTheLinkThatTheServerAdds) {
  const std::string link = R"(<p class=\"quote-inline\">RE: <a href=\"https://social.example/@b/5\">https://social.example/@b/5</a></p>)";
  Answer("[" + StatusJson(12, link + "<p>Hello</p>", Ago(absl::Seconds(50)), "1",
                          R"(,"quote":{"state":"pending","quoted_status":null})") + "]");
  platform::LookupRequest request = Request();
  request.content.quoted_remote_id = "5";
  EXPECT_EQ(LookUp(client_, clock_, request).kind, Kind::kFound);
  EXPECT_EQ(LookUp(client_, clock_, Request()).kind, Kind::kAmbiguous) << "no quote was looked for";
}

TEST_F(Lookup, ReadsBackToTheFirstAttemptOnly) {
  client_.Handle([this](const http::HttpRequest& request) {
    if (request.url.find("max_id=30") != std::string::npos) {
      return FakeHttpClient::Response(200, "[" + StatusJson(20, "Hello", Ago(absl::Seconds(55))) + "," +
                                               StatusJson(10, "Hello", Ago(absl::Hours(1))) + "]");
    }
    return FakeHttpClient::Response(200, "[" + StatusJson(30, "other", Ago(absl::Seconds(5))) + "]");
  });
  const platform::LookupOutcome out = LookUp(client_, clock_, Request());
  EXPECT_EQ(out.kind, Kind::kFound);  // the one of an hour ago is beyond the end
  EXPECT_EQ(out.remote_id, "20");
  EXPECT_EQ(client_.requests.size(), 2u);
}

TEST_F(Lookup, AbsentOnlyAfterACompleteListing) {
  Answer("[" + StatusJson(30, "other", Ago(absl::Seconds(5))) + "]");
  EXPECT_EQ(Run(), Kind::kAbsent);
  EXPECT_EQ(client_.requests.size(), 2u);
  Answer("[]");
  EXPECT_EQ(Run(), Kind::kAbsent);
}

TEST_F(Lookup, AnyErrorIsUnavailable) {
  const auto of = [this](http::HttpOutcome outcome) {
    client_.Handle([outcome](const http::HttpRequest&) { return outcome; });
    return Run();
  };
  for (const int status : {401, 403, 404, 429, 500, 503}) {
    EXPECT_EQ(of(FakeHttpClient::Response(status, R"({"error":"x"})")), Kind::kUnavailable) << status;
  }
  EXPECT_EQ(of(FakeHttpClient::Response(200, "<html>")), Kind::kUnavailable);
  EXPECT_EQ(of(FakeHttpClient::Response(200, "{}")), Kind::kUnavailable);
  EXPECT_EQ(of(FakeHttpClient::Response(200, R"([{"id":"1"}])")), Kind::kUnavailable);
  EXPECT_EQ(of(FakeHttpClient::Failure(MakeStatus(Code::kUnavailable, "refused"), false)), Kind::kUnavailable);
}

TEST_F(Lookup, AnErrorOnALaterPageIsUnavailable) {
  client_.Handle([this](const http::HttpRequest& request) {
    if (request.url.find("max_id") != std::string::npos) return FakeHttpClient::Response(503, "");
    return FakeHttpClient::Response(200, "[" + StatusJson(30, "Hello", Ago(absl::Seconds(5))) + "]");
  });
  EXPECT_EQ(Run(), Kind::kUnavailable);
}

TEST_F(Lookup, ADoubtfulListingIsUnavailable) {
  Answer("[" + StatusJson(30, "Hello", Ago(absl::Seconds(5)), "2") + "]");
  EXPECT_EQ(Run(), Kind::kUnavailable) << "another account's statuses";
  // A server that ignores max_id would never end.
  client_.Handle([this](const http::HttpRequest&) {
    return FakeHttpClient::Response(200, "[" + StatusJson(30, "x", Ago(absl::Seconds(5))) + "]");
  });
  EXPECT_EQ(Run(), Kind::kUnavailable);
}

TEST_F(Lookup, TooManyPagesIsUnavailable) {
  int next = 100000;
  client_.Handle([this, &next](const http::HttpRequest&) {
    return FakeHttpClient::Response(200, "[" + StatusJson(next--, "x", Ago(absl::Seconds(5))) + "]");
  });
  EXPECT_EQ(Run(), Kind::kUnavailable);
  EXPECT_EQ(client_.requests.size(), static_cast<size_t>(kLookupPagesMax));
}

TEST_F(Lookup, StopsAtItsTimeout) {
  int next = 100000;
  client_.Handle([this, &next](const http::HttpRequest&) {
    clock_.Advance(absl::Seconds(4));
    return FakeHttpClient::Response(200, "[" + StatusJson(next--, "x", Ago(absl::Seconds(1))) + "]");
  });
  EXPECT_EQ(Run(), Kind::kUnavailable);
  EXPECT_EQ(client_.requests.size(), 3u);
  EXPECT_EQ(client_.requests[2].deadline, absl::Seconds(2));
}

TEST_F(Lookup, AServerWithAWrongClock) {
  // Ten minutes slow: what it dates before the attempt was made after it.
  const absl::Time server_now = clock_.Now() - absl::Minutes(10);
  const std::string date = absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", server_now, absl::UTCTimeZone());
  Answer("[" + StatusJson(12, "Hello", server_now - absl::Seconds(50)) + "]", {{"Date", date}});
  EXPECT_EQ(Run(), Kind::kFound);
  Answer("[" + StatusJson(12, "Hello", server_now - absl::Seconds(50)) + "]");
  EXPECT_EQ(Run(), Kind::kAbsent) << "without Date there is nothing to know it by";
}

}  // namespace
}  // namespace carillon::mastodon
