#include "common/platform/mastodon/collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/base/testing/fake_clock.h"
#include "tests/unit/mastodon/fake_http.h"
#include "tests/unit/mastodon/timeline.h"

namespace carillon::mastodon {
namespace {

using carillon::testing::Iso;
using carillon::testing::StatusJson;
using http::testing::FakeHttpClient;
using ::testing::HasSubstr;

const absl::Time kAt = absl::FromUnixSeconds(1'800'000'000);

std::string NotificationJson(int id, const std::string& type, const std::string& status = "null") {
  return fmt::format(R"({{"id":"{}","type":"{}","created_at":"{}","account":{{"id":"5","acct":"eve@other.example",)"
                     R"("display_name":"Eve"}},"status":{}}})",
                     id, type, Iso(kAt), status);
}

class MastodonCollectorTest : public ::testing::Test {
 protected:
  void Answer(int status, std::string body) {
    client_.Handle([=](const http::HttpRequest&) { return FakeHttpClient::Response(status, body); });
  }
  Result<platform::SignalPage> Signals(const std::string& cursor = "") {
    return collector_->Signals(access_, cursor, 40, absl::Seconds(10));
  }

  carillon::testing::FakeClock clock_;
  FakeHttpClient client_;
  const std::unique_ptr<platform::Collector> collector_ = MakeCollector(client_, clock_);
  const platform::CollectorAccess access_{.account_id = "acct_x",
                                .base_url = "https://social.example",
                                .remote_account_id = "1",
                                .access_token = "s3cr3t"};
};

TEST_F(MastodonCollectorTest, SignalsOldestFirstAndOfEachKind) {
  const std::string ours = StatusJson(50, "ours", kAt);
  const std::string mention = StatusJson(60, "<p>@brand hi</p>", kAt, "5");
  const std::string reply =
      StatusJson(61, "<p>@brand yes</p>", kAt, "5", R"(,"in_reply_to_id":"50","in_reply_to_account_id":"1")");
  // Newest first, as servers send it; a later key wins in the reply's JSON.
  Answer(200, "[" + NotificationJson(105, "follow") + "," + NotificationJson(104, "poll", ours) + "," +
                  NotificationJson(103, "reblog", ours) + "," + NotificationJson(102, "favourite", ours) + "," +
                  NotificationJson(101, "mention", reply) + "," + NotificationJson(99, "mention", mention) + "]");
  const Result<platform::SignalPage> page = Signals("90");
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->signals.size(), 5u);
  const auto& s = page->signals;
  EXPECT_EQ(s[0].kind, platform::SignalKind::kMention);
  EXPECT_EQ(s[0].remote_id, "60");
  EXPECT_EQ(s[0].post_remote_id, "");
  EXPECT_EQ(s[0].text, "@brand hi");
  EXPECT_EQ(s[0].author, "user5@social.example");
  EXPECT_EQ(s[1].kind, platform::SignalKind::kReply);
  EXPECT_EQ(s[1].remote_id, "61");
  EXPECT_EQ(s[1].post_remote_id, "50");
  EXPECT_EQ(s[2].kind, platform::SignalKind::kFavourite);
  EXPECT_EQ(s[2].remote_id, "102");
  EXPECT_EQ(s[2].post_remote_id, "50");
  EXPECT_EQ(s[2].author, "eve@other.example");
  EXPECT_EQ(s[3].kind, platform::SignalKind::kBoost);
  EXPECT_EQ(s[4].kind, platform::SignalKind::kFollow);
  EXPECT_EQ(s[4].post_remote_id, "");
  EXPECT_EQ(page->cursor, "105");
  EXPECT_THAT(client_.requests[0].url, HasSubstr("min_id=90"));
  EXPECT_THAT(client_.requests[0].url, HasSubstr("types%5B%5D=mention"));
}

TEST_F(MastodonCollectorTest, EmptyPageKeepsTheCursor) {
  Answer(200, "[]");
  const Result<platform::SignalPage> page = Signals("90");
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->cursor, "90");
  EXPECT_FALSE(page->more);
  EXPECT_EQ(Signals("")->cursor, "");
  EXPECT_THAT(client_.requests.back().url, HasSubstr("min_id=0"));
}

TEST_F(MastodonCollectorTest, WhatIsNotAfterTheCursorIsNotReadAgain) {
  Answer(200, "[" + NotificationJson(100, "follow") + "," + NotificationJson(99, "follow") + "]");
  EXPECT_EQ(Signals("99")->signals.size(), 1u);
  EXPECT_EQ(Signals("100")->signals.size(), 0u);
  EXPECT_EQ(Signals("100")->cursor, "100");
}

TEST_F(MastodonCollectorTest, CursorPassesWhatMakesNoSignal) {
  Answer(200, "[" + NotificationJson(100, "poll") + "]");
  const Result<platform::SignalPage> page = Signals("9");
  EXPECT_TRUE(page->signals.empty());
  EXPECT_EQ(page->cursor, "100");
}

TEST_F(MastodonCollectorTest, AMentionWhoseStatusIsGoneDoesNotHoldUpTheRest) {
  Answer(200, "[" + NotificationJson(101, "follow") + "," + NotificationJson(100, "mention") + "," +
                  NotificationJson(99, "favourite") + "]");
  const Result<platform::SignalPage> page = Signals("9");
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->signals.size(), 1u);
  EXPECT_EQ(page->cursor, "101");
}

TEST_F(MastodonCollectorTest, AFullPageHasMore) {
  std::string body;
  for (int i = 100; i < 115; ++i) body += (body.empty() ? "[" : ",") + NotificationJson(i, "follow");
  Answer(200, body + "]");
  EXPECT_TRUE(Signals("9")->more);
  Answer(200, "[" + NotificationJson(100, "follow") + "]");
  EXPECT_FALSE(Signals("9")->more);
}

TEST_F(MastodonCollectorTest, AnOddEntryDoesNotHoldUpTheRest) {
  Answer(200, "[" + NotificationJson(102, "follow") + R"(,{"id":"101","type":"mention"},{"type":"follow"},)" +
                  NotificationJson(99, "follow") + "]");
  const Result<platform::SignalPage> page = Signals("9");
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->signals.size(), 2u);
  EXPECT_EQ(page->cursor, "102");
}

TEST_F(MastodonCollectorTest, ABrokenPageIsAnError) {
  for (const char* body : {"", "{}", "<html>", R"([{"type":"follow"}])", R"([{"id":"10","type":"mention"}])",
                           R"([{"id":"10","type":"mention","created_at":"2027-01-15T08:00:00Z","status":{}}])"}) {
    Answer(200, body);
    EXPECT_FALSE(Signals("9").ok()) << body;
  }
  Answer(401, R"({"error":"revoked"})");
  EXPECT_EQ(ReasonOf(Signals("9").status()), "TOKEN_REFUSED");
  Answer(429, "");
  EXPECT_EQ(ReasonOf(Signals("9").status()), "RATE_LIMITED");
  Answer(503, "");
  EXPECT_EQ(Signals("9").status().code(), Code::kUnavailable);
}

TEST_F(MastodonCollectorTest, Timeline) {
  Answer(200, "[" + StatusJson(51, "new", kAt) + "," +
                  StatusJson(50, "boost", kAt, "1", R"(,"reblog":{"id":"7"})") + "]");
  Result<platform::TimelinePage> page = collector_->Timeline(access_, "60", 40, absl::Seconds(10));
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->posts.size(), 1u);
  EXPECT_EQ(page->posts[0].post_remote_id, "51");
  EXPECT_EQ(page->posts[0].posted_at, kAt);
  EXPECT_EQ(page->posts[0].replies, 1);
  EXPECT_EQ(page->posts[0].boosts, 2);
  EXPECT_EQ(page->posts[0].favourites, 3);
  EXPECT_FALSE(page->posts[0].is_reply);
  EXPECT_EQ(page->next, "50");
  EXPECT_THAT(client_.requests[0].url, HasSubstr("/api/v1/accounts/1/statuses?limit=40"));
  EXPECT_THAT(client_.requests[0].url, HasSubstr("max_id=60"));
  Answer(200, "[]");
  EXPECT_EQ(collector_->Timeline(access_, "", 40, absl::Seconds(10))->next, "");
}

TEST_F(MastodonCollectorTest, PostsInBulkWhereTheServerCan) {
  Answer(200, "[" + StatusJson(51, "x", kAt) + "]");
  const auto posts = collector_->Posts(access_, {"51", "52"}, absl::Seconds(10));
  ASSERT_TRUE(posts.ok());
  EXPECT_EQ(posts->size(), 1u);
  ASSERT_EQ(client_.requests.size(), 1u);
  EXPECT_THAT(client_.requests[0].url, HasSubstr("/api/v1/statuses?id%5B%5D=51&id%5B%5D=52"));
}

TEST_F(MastodonCollectorTest, PostsOneByOneWhereItCannot) {
  client_.Handle([](const http::HttpRequest& request) {
    if (request.url.ends_with("/statuses/51")) return FakeHttpClient::Response(200, StatusJson(51, "x", kAt));
    return FakeHttpClient::Response(404, R"({"error":"Record not found"})");
  });
  const auto posts = collector_->Posts(access_, {"51", "52"}, absl::Seconds(10));
  ASSERT_TRUE(posts.ok()) << posts.status();
  ASSERT_EQ(posts->size(), 1u);
  EXPECT_EQ((*posts)[0].post_remote_id, "51");
  EXPECT_EQ(client_.requests.size(), 3u);
  Answer(503, "");
  EXPECT_FALSE(collector_->Posts(access_, {"51"}, absl::Seconds(10)).ok());
}

TEST_F(MastodonCollectorTest, RepliesAreTheSameSignalsAsTheirNotifications) {
  const std::string direct =
      StatusJson(61, "<p>@brand yes</p>", kAt, "5",
                 R"(,"in_reply_to_id":"50","in_reply_to_account_id":"1","mentions":[{"id":"1"}])");
  const std::string deeper_with_us = StatusJson(
      62, "<p>@user5 @brand hm</p>", kAt, "6",
      R"(,"in_reply_to_id":"61","in_reply_to_account_id":"5","mentions":[{"id":"5"},{"id":"1"}])");
  const std::string deeper =
      StatusJson(63, "<p>ok</p>", kAt, "5", R"(,"in_reply_to_id":"62","in_reply_to_account_id":"6")");
  const std::string own = StatusJson(64, "<p>thanks</p>", kAt, "1", R"(,"in_reply_to_id":"61")");
  Answer(200, R"({"ancestors":[],"descendants":[)" + direct + "," + deeper_with_us + "," + deeper + "," + own + "]}");
  const auto replies = collector_->Replies(access_, "50", absl::Seconds(10));
  ASSERT_TRUE(replies.ok()) << replies.status();
  ASSERT_EQ(replies->size(), 3u);
  EXPECT_EQ((*replies)[1].kind, platform::SignalKind::kMention);
  EXPECT_EQ((*replies)[2].kind, platform::SignalKind::kReply);
  EXPECT_EQ((*replies)[2].post_remote_id, "50");

  Answer(200, "[" + NotificationJson(101, "mention", deeper_with_us) + "," + NotificationJson(100, "mention", direct) + "]");
  const auto page = Signals("9");
  ASSERT_EQ(page->signals.size(), 2u);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(page->signals[i].kind, (*replies)[i].kind) << i;
    EXPECT_EQ(page->signals[i].remote_id, (*replies)[i].remote_id) << i;
  }
}

TEST_F(MastodonCollectorTest, Account) {
  Answer(200, R"({"id":"1","followers_count":10,"following_count":2,"statuses_count":300})");
  const auto account = collector_->Account(access_, absl::Seconds(10));
  ASSERT_TRUE(account.ok());
  EXPECT_EQ(account->followers, 10);
  EXPECT_EQ(account->following, 2);
  EXPECT_EQ(account->posts, 300);
  Answer(200, R"({"id":"2","followers_count":10})");
  EXPECT_FALSE(collector_->Account(access_, absl::Seconds(10)).ok());
}

}  // namespace
}  // namespace carillon::mastodon
