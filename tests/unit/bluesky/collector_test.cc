#include "common/platform/bluesky/collector.h"

#include <gtest/gtest.h>

#include <iterator>
#include <limits>
#include <map>
#include <random>
#include <set>

#include "common/base/testing/fake_clock.h"
#include "common/platform/bluesky/walk.h"
#include "common/platform/json.h"
#include "tests/unit/mastodon/fake_http.h"

namespace carillon::bluesky {
namespace {

using http::testing::FakeHttpClient;
using platform::Json;
using platform::SignalKind;

// A server's notifications, by their time, newest first. Its cursor is a time: what is older comes next (packages/bsky, IsoSortAtKey).
class Notifications {
 public:
  // The time is in milliseconds after a beginning; by default one comes a second after the newest.
  void Add(const std::string& reason, int64_t at_ms = -1) {
    newest_ms_ = std::max(newest_ms_, at_ms < 0 ? newest_ms_ + 1000 : at_ms);
    const int64_t at = at_ms < 0 ? newest_ms_ : at_ms;
    ++count_;
    all_.emplace(at, One(reason, at));
  }
  int count() const { return count_; }
  int64_t newest_ms() const { return newest_ms_; }
  http::HttpOutcome Page(const std::string& url) const {
    const auto limit = static_cast<size_t>(Number(url, "limit=", 50));
    const int64_t before = Number(url, "cursor=", std::numeric_limits<int64_t>::max());
    Json page = {{"notifications", Json::array()}};
    for (auto one = std::make_reverse_iterator(all_.lower_bound(before)); one != all_.rend(); ++one) {
      if (page["notifications"].size() == limit) break;
      page["notifications"].push_back(one->second);
      page["cursor"] = std::to_string(one->first);
    }
    return FakeHttpClient::Response(200, page.dump());
  }

 private:
  static int64_t Number(const std::string& url, const std::string& key, int64_t otherwise) {
    const size_t at = url.find(key);
    return at == std::string::npos ? otherwise : std::stoll(url.substr(at + key.size()));
  }
  Json One(const std::string& reason, int64_t at_ms) const {
    const absl::Time at = absl::FromUnixSeconds(1'800'000'000) + absl::Milliseconds(at_ms);
    return {{"uri", "at://did:plc:fan/app.bsky.feed.post/" + std::to_string(count_)},
            {"reason", reason},
            {"reasonSubject", "at://did:plc:abc/app.bsky.feed.post/ours"},
            {"author", {{"handle", "fan.example"}, {"displayName", "Fan"}, {"did", "did:plc:fan"}}},
            {"record", {{"text", "text " + std::to_string(count_)}}},
            {"indexedAt", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", at, absl::UTCTimeZone())}};
  }
  std::multimap<int64_t, Json> all_;
  int count_ = 0;
  int64_t newest_ms_ = 0;
};

class BlueskyCollectorTest : public ::testing::Test {
 protected:
  BlueskyCollectorTest() {
    client_.Handle([this](const http::HttpRequest& request) {
      if (request.url.find("listNotifications") != std::string::npos) return server_.Page(request.url);
      return answer_;
    });
  }
  platform::SignalPage Read(const std::string& cursor, int count = 10) {
    auto page = collector_->Signals(access_, cursor, count, absl::Seconds(5));
    EXPECT_TRUE(page.ok()) << ToString(page.status());
    return page.ok() ? *std::move(page) : platform::SignalPage();
  }
  // Reads until there is no more, and counts what was seen.
  void ReadAll(int count = 10) {
    for (bool more = true; more;) {
      const auto page = Read(cursor_, count);
      for (const auto& signal : page.signals) ++seen_[signal.remote_id];
      cursor_ = page.cursor;
      more = page.more;
    }
  }
  void ExpectEachOnce() {
    EXPECT_EQ(seen_.size(), static_cast<size_t>(server_.count()));
    for (const auto& [id, times] : seen_) EXPECT_EQ(times, 1) << id;
  }

  carillon::testing::FakeClock clock_;
  FakeHttpClient client_;
  Notifications server_;
  std::string cursor_;
  std::map<std::string, int> seen_;
  http::HttpOutcome answer_ = FakeHttpClient::Response(404, R"({"error":"NotFound"})");
  const std::unique_ptr<platform::Collector> collector_ = MakeCollector(client_, clock_);
  const platform::CollectorAccess access_{"acct_1", "https://pds.example", "did:plc:abc", "the-access"};
};

TEST_F(BlueskyCollectorTest, EachKind) {
  for (const char* reason : {"like", "repost", "follow", "mention", "reply", "quote", "starterpack-joined"}) {
    server_.Add(reason);
  }
  const auto page = Read("");
  ASSERT_EQ(page.signals.size(), 6u);
  const std::vector<SignalKind> kinds = {SignalKind::kFavourite, SignalKind::kBoost, SignalKind::kFollow,
                                         SignalKind::kMention, SignalKind::kReply, SignalKind::kMention};
  for (size_t i = 0; i < kinds.size(); ++i) EXPECT_EQ(page.signals[i].kind, kinds[i]) << i;
  EXPECT_EQ(page.signals[4].text, "text 5");
  EXPECT_EQ(page.signals[4].author, "fan.example");
  EXPECT_EQ(page.signals[4].post_remote_id, "at://did:plc:abc/app.bsky.feed.post/ours");
}

TEST_F(BlueskyCollectorTest, AnOddEntryDoesNotHoldUpTheRest) {
  client_.Handle([](const http::HttpRequest&) {
    return FakeHttpClient::Response(
        200, R"({"notifications":[{"uri":"at://did:plc:fan/app.bsky.feed.like/1","reason":"like"},)"
             R"({"uri":"at://did:plc:fan/app.bsky.feed.like/2","reason":"like","indexedAt":"2026-11-22T20:00:00.000Z"}]})");
  });
  EXPECT_EQ(Read("").signals.size(), 1u);
  client_.Handle([](const http::HttpRequest&) {
    return FakeHttpClient::Response(200, R"({"notifications":[{"reason":"like"}]})");
  });
  EXPECT_EQ(collector_->Signals(access_, "", 10, absl::Seconds(5)).status().code(), Code::kUnavailable)
      << "of a list of which nothing can be read";
}

TEST_F(BlueskyCollectorTest, EachOnceHoweverMuchIsNew) {
  for (const int count : {25, 1, 47, 0, 400}) {
    for (int i = 0; i < count; ++i) server_.Add("like");
    ReadAll();
    ExpectEachOnce();
  }
  EXPECT_EQ(client_.requests.back().headers.at("Authorization"), "Bearer the-access");
}

TEST_F(BlueskyCollectorTest, WhereNothingIsNewTheCursorStays) {
  ReadAll();
  const std::string empty = cursor_;
  ReadAll();
  EXPECT_EQ(cursor_, empty);
  for (int i = 0; i < 30; ++i) server_.Add("like");
  ReadAll();
  const std::string full = cursor_;
  const auto seen = seen_;
  ReadAll(100);
  EXPECT_EQ(seen_, seen);
  EXPECT_EQ(cursor_, full);
}

// What comes while a walk is under way is the next one's.
TEST_F(BlueskyCollectorTest, WhatComesDuringAWalkIsNotLost) {
  for (int i = 0; i < 30; ++i) server_.Add("like");
  for (int round = 0; round < 30; ++round) {
    const auto page = Read(cursor_, 7);
    for (const auto& signal : page.signals) ++seen_[signal.remote_id];
    cursor_ = page.cursor;
    if (round < 10) server_.Add("like");
  }
  ExpectEachOnce();
}

// It is dated before what was read already.
TEST_F(BlueskyCollectorTest, WhatComesLateIsSeen) {
  for (int i = 0; i < 20; ++i) server_.Add("like", 1'000'000 + i);
  ReadAll();
  server_.Add("like", server_.newest_ms() - 4'000);
  server_.Add("like", server_.newest_ms() - 290'000);
  ReadAll();
  ExpectEachOnce();
  server_.Add("like", server_.newest_ms() - 301'000);
  ReadAll();
  EXPECT_EQ(seen_.size() + 1, static_cast<size_t>(server_.count())) << "so late it is not looked for";
}

// More in five minutes than is remembered: the overlap is shorter, and still nothing comes twice.
TEST_F(BlueskyCollectorTest, ACrowdedMomentComesOnce) {
  for (int i = 0; i < 1000; ++i) server_.Add("like", 1'000'000 + i / 3);
  ReadAll(100);
  const size_t first = seen_.size();
  EXPECT_GE(first, 980u) << "the server's own pages may part what shares a millisecond";
  for (int i = 0; i < 1000; ++i) server_.Add("like", 1'000'400 + i / 3);
  ReadAll(100);
  EXPECT_GE(seen_.size(), first + 980u);
  for (const auto& [id, times] : seen_) EXPECT_EQ(times, 1) << id;
  EXPECT_LT(cursor_.size(), 8u << 10);
}

// Whatever comes when, in pages of any size, with pages that were read but not kept.
TEST_F(BlueskyCollectorTest, EachOnceInAnyOrder) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    server_ = Notifications();
    seen_.clear();
    cursor_.clear();
    std::set<int64_t> times;  // one to a millisecond, so that the server's pages part nothing
    for (int round = 0; round < 60; ++round) {
      for (int i = below(8); i > 0; --i) {
        const int64_t late = below(3) == 0 ? below(100'000) : 0;
        const int64_t at = std::max<int64_t>(0, server_.newest_ms() + below(20'000) - late);
        if (times.insert(at).second) server_.Add("like", at);
      }
      const auto page = Read(cursor_, 1 + below(12));
      if (below(4) == 0) continue;  // not kept
      for (const auto& signal : page.signals) ++seen_[signal.remote_id];
      cursor_ = page.cursor;
    }
    ReadAll();
    ReadAll();
    ExpectEachOnce();
  }
}

TEST_F(BlueskyCollectorTest, APageThatWasNotKeptIsReadAgain) {
  for (int i = 0; i < 20; ++i) server_.Add("like");
  const auto first = Read("");
  const auto again = Read("");
  ASSERT_EQ(first.signals.size(), again.signals.size());
  EXPECT_EQ(first.cursor, again.cursor);
}

TEST_F(BlueskyCollectorTest, HalfANotificationIsAnError) {
  for (const char* half : {R"({"notifications":[{"uri":"at://x","reason":"like"}]})",
                           R"({"notifications":[{"indexedAt":"2027-01-15T08:00:00Z","reason":"like"}]})",
                           R"({"notifications":{}})", "[]", "no JSON"}) {
    client_.Handle([half](const http::HttpRequest&) { return FakeHttpClient::Response(200, half); });
    EXPECT_FALSE(collector_->Signals(access_, "", 10, absl::Seconds(5)).ok()) << half;
  }
  EXPECT_FALSE(collector_->Signals(access_, "[]", 10, absl::Seconds(5)).ok()) << "not its cursor";
}

TEST_F(BlueskyCollectorTest, AnEndedTokenIsTold) {
  client_.Handle([](const http::HttpRequest&) {
    return FakeHttpClient::Response(400, R"({"error":"ExpiredToken","message":"Token has expired: the-access"})");
  });
  const auto page = collector_->Signals(access_, "", 10, absl::Seconds(5));
  EXPECT_EQ(page.status().code(), Code::kUnauthenticated);
  EXPECT_EQ(Message(page.status()).find("the-access"), std::string::npos) << Message(page.status());
}

TEST_F(BlueskyCollectorTest, CountsOfPosts) {
  answer_ = FakeHttpClient::Response(200, R"({"posts":[{"uri":"at://did:plc:abc/app.bsky.feed.post/1",
      "author":{"handle":"brand.example"},"record":{"text":"t","createdAt":"2027-01-15T08:00:00Z"},
      "likeCount":5,"repostCount":2,"quoteCount":1,"replyCount":3}]})");
  const auto posts = collector_->Posts(access_, {"at://did:plc:abc/app.bsky.feed.post/1"}, absl::Seconds(5));
  ASSERT_TRUE(posts.ok()) << ToString(posts.status());
  ASSERT_EQ(posts->size(), 1u);
  EXPECT_EQ((*posts)[0].favourites, 5);
  EXPECT_EQ((*posts)[0].boosts, 2);
  EXPECT_EQ((*posts)[0].replies, 3);
  EXPECT_EQ((*posts)[0].url, "https://bsky.app/profile/brand.example/post/1");
}

TEST_F(BlueskyCollectorTest, RepliesOfOthersInTheWholeThread) {
  answer_ = FakeHttpClient::Response(200, R"({"thread":{"post":{"uri":"at://ours"},"replies":[
      {"post":{"uri":"at://a","author":{"did":"did:plc:fan","handle":"fan.example"},"indexedAt":"2027-01-15T08:00:00Z",
               "record":{"text":"first"}},
       "replies":[{"post":{"uri":"at://b","author":{"did":"did:plc:abc"},"indexedAt":"2027-01-15T08:00:01Z"},
                   "replies":[{"post":{"uri":"at://c","author":{"did":"did:plc:fan","handle":"fan.example"},
                                       "indexedAt":"2027-01-15T08:00:02Z","record":{"text":"third"}}}]}]},
      {"$type":"app.bsky.feed.defs#notFoundPost","uri":"at://gone","notFound":true}]}})");
  const auto replies = collector_->Replies(access_, "at://ours", absl::Seconds(5));
  ASSERT_TRUE(replies.ok()) << ToString(replies.status());
  ASSERT_EQ(replies->size(), 2u);
  EXPECT_EQ((*replies)[0].text, "first");
  EXPECT_EQ((*replies)[1].text, "third");
}

// A reply has the kind that its notification has: naming and quoting win (packages/bsky, notifsForInsert).
TEST_F(BlueskyCollectorTest, AReplyThatNamesOrQuotesIsAMention) {
  const auto kind_of = [&](const std::string& record) {
    answer_ = FakeHttpClient::Response(200, R"({"thread":{"post":{"uri":"at://ours"},"replies":[
        {"post":{"uri":"at://a","author":{"did":"did:plc:fan","handle":"fan.example"},
                 "indexedAt":"2027-01-15T08:00:00Z","record":)" + record + "}}]}}");
    const auto replies = collector_->Replies(access_, "at://ours", absl::Seconds(5));
    EXPECT_TRUE(replies.ok() && replies->size() == 1) << ToString(replies.status());
    return replies.ok() && replies->size() == 1 ? (*replies)[0].kind : SignalKind::kFollow;
  };
  EXPECT_EQ(kind_of(R"({"text":"x"})"), SignalKind::kReply);
  EXPECT_EQ(kind_of(R"({"text":"x","facets":[{"features":[{"did":"did:plc:other"}]}]})"), SignalKind::kReply);
  EXPECT_EQ(kind_of(R"({"text":"x","facets":[{"features":[{"did":"did:plc:abc"}]}]})"), SignalKind::kMention);
  EXPECT_EQ(kind_of(R"({"text":"x","embed":{"record":{"uri":"at://did:plc:abc/app.bsky.feed.post/1"}}})"),
            SignalKind::kMention);
  EXPECT_EQ(kind_of(R"({"text":"x","embed":{"record":{"record":{"uri":"at://did:plc:abc/app.bsky.feed.post/1"}}}})"),
            SignalKind::kMention);
  EXPECT_EQ(kind_of(R"({"text":"x","embed":{"record":{"uri":"at://did:plc:abcd/app.bsky.feed.post/1"}}})"),
            SignalKind::kReply);
}

TEST_F(BlueskyCollectorTest, TheTimelineIsTheAccountsOwn) {
  const std::string post = R"("post":{"uri":"at://did:plc:abc/app.bsky.feed.post/1","author":{"handle":"brand.example"},
      "record":{"text":"t","createdAt":"2027-01-15T08:00:00Z"}})";
  answer_ = FakeHttpClient::Response(
      200, R"({"feed":[{)" + post + R"(},{)" + post +
               R"(,"reason":{"$type":"app.bsky.feed.defs#reasonRepost"}}],"cursor":"older"})");
  const auto page = collector_->Timeline(access_, "here", 10, absl::Seconds(5));
  ASSERT_TRUE(page.ok()) << ToString(page.status());
  EXPECT_EQ(page->posts.size(), 1u) << "a repost is another's";
  EXPECT_EQ(page->next, "older");
  EXPECT_NE(client_.requests.back().url.find("cursor=here"), std::string::npos);
  answer_ = FakeHttpClient::Response(200, R"({"feed":[],"cursor":"older"})");
  EXPECT_EQ(collector_->Timeline(access_, "", 10, absl::Seconds(5))->next, "") << "the end";
}

TEST_F(BlueskyCollectorTest, APostIsDatedAsTheFeedIsSorted) {
  const auto posted = [&](const std::string& created, const std::string& indexed) {
    answer_ = FakeHttpClient::Response(
        200, R"({"posts":[{"uri":"at://did:plc:abc/app.bsky.feed.post/1","record":{"createdAt":")" + created +
                 R"("},"indexedAt":")" + indexed + R"("}]})");
    const auto posts = collector_->Posts(access_, {"at://did:plc:abc/app.bsky.feed.post/1"}, absl::Seconds(5));
    return posts.ok() ? absl::FormatTime("%H:%M", (*posts)[0].posted_at, absl::UTCTimeZone()) : "error";
  };
  EXPECT_EQ(posted("2027-01-15T08:00:00Z", "2027-01-15T09:00:00Z"), "08:00");
  EXPECT_EQ(posted("2030-01-15T08:00:00Z", "2027-01-15T09:00:00Z"), "09:00") << "a clock that is ahead";
  EXPECT_EQ(posted("yesterday", "2027-01-15T09:00:00Z"), "09:00");
  EXPECT_EQ(posted("yesterday", ""), "error");
}

TEST_F(BlueskyCollectorTest, ManyPostsAreAskedForInPagesThatTheServerTakes) {
  answer_ = FakeHttpClient::Response(200, R"({"posts":[]})");
  std::vector<std::string> ids;
  for (int i = 0; i < 60; ++i) ids.push_back("at://did:plc:abc/app.bsky.feed.post/" + std::to_string(i));
  EXPECT_EQ(collector_->Posts(access_, ids, absl::Seconds(5))->size(), 0u) << "what is gone is left out";
  EXPECT_EQ(client_.requests.size(), 3u);
  EXPECT_TRUE(collector_->Posts(access_, {"3jzfcijpj2z2a", "https://bsky.app/profile/x/post/1"}, absl::Seconds(5))->empty());
  EXPECT_EQ(client_.requests.size(), 3u) << "what is no address is not asked for";
}

TEST_F(BlueskyCollectorTest, AnotherAccountsProfileIsAnError) {
  answer_ = FakeHttpClient::Response(
      200, R"({"did":"did:plc:abc","handle":"brand.example","followersCount":7,"followsCount":2,"postsCount":9})");
  const auto account = collector_->Account(access_, absl::Seconds(5));
  ASSERT_TRUE(account.ok()) << ToString(account.status());
  EXPECT_EQ(account->followers, 7);
  EXPECT_EQ(account->following, 2);
  EXPECT_EQ(account->posts, 9);
  answer_ = FakeHttpClient::Response(200, R"({"did":"did:plc:other"})");
  EXPECT_FALSE(collector_->Account(access_, absl::Seconds(5)).ok());
}

TEST(BlueskyWalk, TheCursorIsReadAsItWasWritten) {
  Walk walk;
  walk.floor = absl::FromUnixMillis(1'800'000'000'123);
  walk.known = {"aaaa", "bbbb"};
  EXPECT_EQ(ReadWalk(ToCursor(walk)), walk);
  walk.Take(walk.floor + absl::Hours(1), "like", "at://x");
  walk.page = "abc";
  EXPECT_EQ(ReadWalk(ToCursor(walk)), walk);
  EXPECT_EQ(ReadWalk(""), Walk());
  EXPECT_EQ(ReadWalk(ToCursor(Walk())), Walk());
  EXPECT_EQ(ReadWalk("[]"), std::nullopt);
  EXPECT_EQ(NextWalk(walk).floor, walk.floor + absl::Hours(1) - kOverlap);
  EXPECT_EQ(NextWalk(walk).known, walk.seen);
}

TEST(BlueskyWalk, AnEmptyWalkMovesNothing) {
  Walk walk;
  walk.floor = absl::FromUnixSeconds(1'800'000'000);
  walk.known = {"aaaa"};
  EXPECT_EQ(NextWalk(walk), walk);
}

}  // namespace
}  // namespace carillon::bluesky
