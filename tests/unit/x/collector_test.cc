// Mentions and replies as signals, counts, and a cursor that never passes what was not given.
#include "common/platform/x/collector.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "common/platform/x/cursor.h"
#include "common/platform/x/facts.h"
#include "tests/unit/x/fake_x.h"

namespace carillon::x {
namespace {

using testing::FakePost;
using testing::FakeX;
using testing::Fault;
using platform::SignalKind;

constexpr char kPlan[] =
    R"({"title":"Client Forbidden","detail":"not enrolled","type":"https://api.x.com/2/problems/client-forbidden"})";

class XCollectorTest : public ::testing::Test {
 protected:
  Result<platform::SignalPage> Signals(const std::string& cursor, int count_max = 40) {
    return collector_->Signals(access_, cursor, count_max, absl::Seconds(10));
  }
  Result<std::vector<platform::Signal>> Replies(const std::string& id) {
    return collector_->Replies(access_, id, absl::Seconds(10));
  }
  std::string Mention(const std::string& text = "@brand hello") {
    clock_.Advance(absl::Seconds(1));
    return x_.AddPost({.author_id = FakeX::kOtherId, .text = text});
  }
  // All that is there from `cursor` on, as the listener reads it.
  std::multiset<std::string> Walk(std::string& cursor, int count_max) {
    std::multiset<std::string> ids;
    for (int i = 0; i < 100; ++i) {
      const auto page = Signals(cursor, count_max);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      EXPECT_LE(page->signals.size(), static_cast<size_t>(count_max));
      for (const platform::Signal& signal : page->signals) ids.insert(signal.remote_id);
      cursor = page->cursor;
      if (!page->more) break;
    }
    return ids;
  }

  carillon::testing::FakeClock clock_;
  FakeX x_{clock_};
  const std::unique_ptr<platform::Collector> collector_ = MakeCollector(x_, clock_, OwnFacts());
  const platform::CollectorAccess access_{.account_id = "acct_x", .base_url = "https://api.x.com",
                                          .remote_account_id = FakeX::kAccountId, .access_token = "a1"};
};

TEST_F(XCollectorTest, AMentionAndAReply) {
  const std::string own = x_.AddPost({.text = "Our post"});
  const std::string mention = Mention("@brand R&D at example.com/a rocks");
  const std::string reply = x_.AddPost({.author_id = FakeX::kOtherId, .text = "@brand yes", .reply_to_id = own});
  const auto page = Signals("");
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->signals.size(), 2u);
  const platform::Signal& first = page->signals[0];
  EXPECT_EQ(first.kind, SignalKind::kMention);
  EXPECT_EQ(first.remote_id, mention);
  EXPECT_EQ(first.author, "anna");
  EXPECT_EQ(first.author_name, "Anna");
  EXPECT_EQ(first.text, "@brand R&D at http://example.com/a rocks");
  EXPECT_EQ(first.status_url, "https://x.com/anna/status/" + mention);
  EXPECT_TRUE(first.post_remote_id.empty());
  const platform::Signal& second = page->signals[1];
  EXPECT_EQ(second.kind, SignalKind::kReply);
  EXPECT_EQ(second.remote_id, reply);
  EXPECT_EQ(second.post_remote_id, own);
  EXPECT_EQ(page->cursor, reply);
  EXPECT_FALSE(page->more);
  EXPECT_EQ(x_.exchanges.at(0).request.headers.at("Authorization"), "Bearer a1");
}

TEST_F(XCollectorTest, OwnPostsAndRepostsMakeNoSignal) {
  x_.AddPost({.text = "We are @brand"});
  FakePost repost{.author_id = FakeX::kOtherId, .text = "RT @brand: x"};
  repost.is_repost = true;
  const std::string last = x_.AddPost(repost);
  const auto page = Signals("");
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_TRUE(page->signals.empty());
  EXPECT_EQ(page->cursor, last) << "they were seen";
}

TEST_F(XCollectorTest, TheCursorGoesOn) {
  std::string cursor;
  EXPECT_TRUE(Walk(cursor, 40).empty());
  EXPECT_EQ(cursor, "");
  const std::string first = Mention();
  EXPECT_EQ(Walk(cursor, 40), (std::multiset<std::string>{first}));
  EXPECT_EQ(cursor, first);
  EXPECT_TRUE(Walk(cursor, 40).empty());
  EXPECT_EQ(cursor, first) << "a page without posts leaves it";
  const std::string second = Mention();
  EXPECT_EQ(Walk(cursor, 40), (std::multiset<std::string>{second}));
}

TEST_F(XCollectorTest, ManyComeOnceEachInPages) {
  std::multiset<std::string> all;
  std::string cursor;
  for (int i = 0; i < 3; ++i) all.insert(Mention());
  EXPECT_EQ(Walk(cursor, 40), all);
  all.clear();
  for (int i = 0; i < 107; ++i) all.insert(Mention());
  EXPECT_EQ(Walk(cursor, 10), all);
  EXPECT_EQ(cursor, *all.rbegin());
}

TEST_F(XCollectorTest, WhatComesDuringAWalkComesAfterIt) {
  std::set<std::string> all;
  for (int i = 0; i < 25; ++i) all.insert(Mention());
  const auto first = Signals("", 10);
  ASSERT_TRUE(first.ok());
  const std::string later = Mention();
  std::string cursor = first->cursor;
  const std::multiset<std::string> rest = Walk(cursor, 10);
  std::set<std::string> got(rest.begin(), rest.end());
  for (const platform::Signal& signal : first->signals) got.insert(signal.remote_id);
  EXPECT_EQ(got, all);
  EXPECT_EQ(Walk(cursor, 10), (std::multiset<std::string>{later}));
}

TEST_F(XCollectorTest, APageThatXNoLongerKnowsBeginsTheWalkAnew) {
  std::multiset<std::string> all;
  for (int i = 0; i < 25; ++i) all.insert(Mention());
  std::string cursor = "- 1 gone";
  const std::multiset<std::string> got = Walk(cursor, 10);
  EXPECT_EQ(got, all);
  EXPECT_EQ(cursor, *all.rbegin());
}

TEST_F(XCollectorTest, AnOddEntryDoesNotHoldUpTheRest) {
  x_.Break("/mentions", Fault::kRefused, 200,
           R"({"data":[{"id":"6","text":"@brand","author_id":"9","created_at":"2026-11-22T20:00:00Z"},{"id":"5","text":"@brand"}]})");
  const auto page = Signals("");
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->signals.size(), 1u);
  EXPECT_EQ(page->cursor, "6");
}

TEST_F(XCollectorTest, AnErrorMovesNothing) {
  Mention();
  for (const int status : {401, 402, 403, 429, 500}) {
    x_.Break("/mentions", Fault::kRefused, status, R"({"title":"x","detail":"y"})");
    EXPECT_FALSE(Signals("").ok()) << status;
  }
  for (const char* odd : {"<html>", "{}", R"({"data":[{"id":"5","text":"@brand"}]})",
                          R"({"data":[{"id":"5","text":"@brand","created_at":"2026-11-22T20:00:00Z"}]})"}) {
    x_.Break("/mentions", Fault::kRefused, 200, odd);
    EXPECT_EQ(Signals("").status().code(), Code::kUnavailable) << odd;
  }
  EXPECT_EQ(Signals("nonsense").status().code(), Code::kInternal);
  EXPECT_EQ(Signals("1 2").status().code(), Code::kInternal);
}

TEST(XCursor, BothWays) {
  for (const char* text : {"", "1880", "1880 1900 abc", "- 1900 abc"}) {
    const auto cursor = ReadCursor(text);
    ASSERT_TRUE(cursor) << text;
    EXPECT_EQ(ToCursor(*cursor), text);
  }
  for (const char* text : {"-", "a", "1 b c", "1 2 ", "1 2 3 4", " "}) EXPECT_FALSE(ReadCursor(text)) << text;
}

TEST_F(XCollectorTest, RepliesOfAThread) {
  const std::string own = x_.AddPost({.text = "Our post"});
  const std::string reply = x_.AddPost({.author_id = FakeX::kOtherId, .text = "yes", .reply_to_id = own});
  const std::string named = x_.AddPost({.author_id = FakeX::kOtherId, .text = "@brand no", .reply_to_id = own});
  x_.AddPost({.text = "we answer", .reply_to_id = own});
  const auto replies = Replies(own);
  ASSERT_TRUE(replies.ok()) << replies.status();
  ASSERT_EQ(replies->size(), 2u);
  EXPECT_EQ((*replies)[0].remote_id, reply);
  EXPECT_EQ((*replies)[0].kind, SignalKind::kReply);
  EXPECT_EQ((*replies)[0].post_remote_id, own);
  // The same one is the same signal by both ways.
  const auto page = Signals("");
  ASSERT_EQ(page->signals.size(), 1u);
  EXPECT_EQ(page->signals[0].remote_id, named);
  EXPECT_EQ(page->signals[0].kind, (*replies)[1].kind);
  EXPECT_EQ((*replies)[1].remote_id, named);
}

TEST_F(XCollectorTest, WhoAnswersAnAnswerIsInOurThread) {
  const std::string own = x_.AddPost({.text = "Our post"});
  x_.Break("/recent", Fault::kRefused, 200,
           R"({"data":[{"id":"7","text":"to anna","created_at":"2026-11-22T20:00:00Z","author_id":"9","conversation_id":"1",
               "in_reply_to_user_id":"17874544","referenced_posts":[{"type":"replied_to","id":"6"}]},
               {"id":"8","text":"to anna, @brand","created_at":"2026-11-22T20:00:01Z","author_id":"9","conversation_id":"1",
               "entities":{"mentions":[{"start":9,"end":15,"username":"brand","id":"2244994945"}]},
               "in_reply_to_user_id":"17874544","referenced_posts":[{"type":"replied_to","id":"6"}]}]})");
  const auto replies = Replies(own);
  ASSERT_TRUE(replies.ok()) << replies.status();
  ASSERT_EQ(replies->size(), 2u);
  EXPECT_EQ((*replies)[0].remote_id, "8");
  EXPECT_EQ((*replies)[0].kind, SignalKind::kMention) << "as it comes by the mentions";
  EXPECT_EQ((*replies)[1].kind, SignalKind::kReply);
  EXPECT_EQ((*replies)[1].post_remote_id, own);
  EXPECT_EQ((*replies)[1].author, "9") << "X did not say who that is";
}

TEST_F(XCollectorTest, WithoutSearchInThePlanThereAreNone) {
  const std::string own = x_.AddPost({.text = "Our post"});
  x_.Break("/recent", Fault::kRefused, 403, kPlan);
  const auto replies = Replies(own);
  ASSERT_TRUE(replies.ok()) << replies.status();
  EXPECT_TRUE(replies->empty());
  x_.Break("/recent", Fault::kRefused, 402, R"({"title":"CreditsDepleted","detail":"x"})");
  EXPECT_EQ(ReasonOf(Replies(own).status()), "NO_CREDITS");
  x_.Break("/recent", Fault::kRefused, 503, "");
  EXPECT_FALSE(Replies(own).ok());
  EXPECT_EQ(Replies("at://x").status().code(), Code::kNotFound);
}

TEST_F(XCollectorTest, AThreadOfManyPages) {
  const std::string own = x_.AddPost({.text = "Our post"});
  for (int i = 0; i < 230; ++i) x_.AddPost({.author_id = FakeX::kOtherId, .text = "yes", .reply_to_id = own});
  EXPECT_EQ(Replies(own)->size(), 230u);
  EXPECT_EQ(x_.exchanges.size(), 3u);
}

TEST_F(XCollectorTest, TimelineWithCounts) {
  for (int i = 0; i < 12; ++i) x_.AddPost({.text = "post " + std::to_string(i)});
  const std::string last = x_.AddPost({.text = "answer", .reply_to_id = x_.posts[0].id});
  auto page = collector_->Timeline(access_, "", 10, absl::Seconds(5));
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->posts.size(), 10u);
  const platform::MetricSnapshot& first = page->posts[0];
  EXPECT_EQ(first.post_remote_id, last);
  EXPECT_TRUE(first.is_reply);
  EXPECT_FALSE(page->posts[1].is_reply);
  EXPECT_EQ(first.replies, 1);
  EXPECT_EQ(first.boosts, 6) << "reposts and quotes";
  EXPECT_EQ(first.favourites, 3);
  EXPECT_EQ(first.posted_at, clock_.Now());
  page = collector_->Timeline(access_, page->next, 10, absl::Seconds(5));
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->posts.size(), 3u);
  EXPECT_EQ(page->next, "");
  page = collector_->Timeline(access_, "gone", 10, absl::Seconds(5));
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->posts[0].post_remote_id, last);
}

TEST_F(XCollectorTest, CountsThatAreMissingAreNotNought) {
  x_.Break("/tweets", Fault::kRefused, 200,
           R"({"data":[{"id":"1","text":"a","created_at":"2026-11-22T20:00:00Z","conversation_id":"1"}]})");
  EXPECT_EQ(collector_->Timeline(access_, "", 10, absl::Seconds(5)).status().code(), Code::kUnavailable);
}

TEST_F(XCollectorTest, SinglePostsOnesThatAreGoneLeftOut) {
  const std::string id = x_.AddPost({.text = "Our post"});
  auto posts = collector_->Posts(access_, {id, "1", "at://x"}, absl::Seconds(5));
  ASSERT_TRUE(posts.ok()) << posts.status();
  ASSERT_EQ(posts->size(), 1u);
  EXPECT_EQ((*posts)[0].post_remote_id, id);
  posts = collector_->Posts(access_, {"1", "2"}, absl::Seconds(5));
  ASSERT_TRUE(posts.ok()) << posts.status();
  EXPECT_TRUE(posts->empty());
  x_.Break("/2/tweets", Fault::kRefused, 200,
           R"({"errors":[{"title":"x","detail":"y","type":"https://api.x.com/2/problems/internal-error"}]})");
  EXPECT_FALSE(collector_->Posts(access_, {id}, absl::Seconds(5)).ok()) << "not gone, only not told";
  EXPECT_TRUE(collector_->Posts(access_, {}, absl::Seconds(5))->empty());
}

TEST_F(XCollectorTest, ManyPostsInHundreds) {
  std::vector<std::string> ids;
  for (int i = 0; i < 150; ++i) ids.push_back(x_.AddPost({.text = "post " + std::to_string(i)}));
  x_.exchanges.clear();
  EXPECT_EQ(collector_->Posts(access_, ids, absl::Seconds(5))->size(), 150u);
  EXPECT_EQ(x_.exchanges.size(), 4u) << "the counts, and the clicks";
}

TEST_F(XCollectorTest, ImpressionsAndClicks) {
  const std::string old = x_.AddPost({.text = "Of last month"});
  clock_.Advance(absl::Hours(31 * 24));
  const std::string young = x_.AddPost({.text = "Of today"});
  x_.exchanges.clear();
  const auto posts = collector_->Posts(access_, {old, young}, absl::Seconds(5));
  ASSERT_TRUE(posts.ok()) << posts.status();
  ASSERT_EQ(posts->size(), 2u);
  EXPECT_EQ((*posts)[0].impressions, 99);
  EXPECT_EQ((*posts)[0].link_clicks, std::nullopt) << "X tells them for 30 days";
  EXPECT_EQ((*posts)[1].link_clicks, 7);
  EXPECT_EQ((*posts)[1].profile_clicks, 5);
  ASSERT_EQ(x_.exchanges.size(), 2u);
  EXPECT_EQ(x_.exchanges[1].query, (http::FormFields{{"ids", young}, {"post.fields", "id,non_public_metrics"}}));
  const auto page = collector_->Timeline(access_, "", 10, absl::Seconds(5));
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->posts[0].link_clicks, 7);
  EXPECT_EQ(page->posts[1].link_clicks, std::nullopt);
}

TEST_F(XCollectorTest, WithoutItsClicksAPostHasItsCounts) {
  const std::string id = x_.AddPost({.text = "Our post"});
  x_.AddPost({.text = "Another"});
  for (const int status : {403, 429, 503}) {
    x_.Break("/2/tweets", Fault::kRefused, status, kPlan);  // the second request: the first one is of the timeline
    const auto page = collector_->Timeline(access_, "", 10, absl::Seconds(5));
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->posts[0].favourites, 3);
    EXPECT_EQ(page->posts[0].link_clicks, std::nullopt);
  }
  EXPECT_EQ((*collector_->Posts(access_, {id}, absl::Seconds(5)))[0].link_clicks, 7);
}

TEST_F(XCollectorTest, TheAccount) {
  const auto account = collector_->Account(access_, absl::Seconds(5));
  ASSERT_TRUE(account.ok()) << account.status();
  EXPECT_EQ(account->followers, 12);
  EXPECT_EQ(account->following, 3);
  EXPECT_EQ(account->posts, 45);
  x_.Break(FakeX::kAccountId, Fault::kRefused, 200,
           R"({"data":{"id":"2244994945","public_metrics":{"followers_count":1,"following_count":2,"tweet_count":3,"listed_count":0}}})");
  EXPECT_EQ(collector_->Account(access_, absl::Seconds(5))->posts, 3) << "its former name";
  x_.Break(FakeX::kAccountId, Fault::kRefused, 200, R"({"data":{"id":"2244994945"}})");
  EXPECT_FALSE(collector_->Account(access_, absl::Seconds(5)).ok());
}

}  // namespace
}  // namespace carillon::x
