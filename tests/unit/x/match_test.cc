// Whether a post of the account's listing is the one whose answer was lost.
#include "common/platform/x/match.h"

#include <gtest/gtest.h>

#include <string>

#include "common/platform/x/facts.h"
#include "common/platform/x/lookup.h"
#include "common/platform/x/post.h"
#include "tests/unit/x/fake_x.h"

namespace carillon::x {
namespace {

using testing::FakePost;
using testing::FakeX;
using Kind = platform::LookupOutcome::Kind;

class XMatch : public ::testing::Test {
 protected:
  Wanted Looking(const std::string& text, const std::string& reply_to = "", int media = 0) const {
    platform::PublishContent content;
    content.text = text;
    content.in_reply_to_remote_id = reply_to;
    content.media.resize(media);
    return MakeWanted(content, kNow, {});
  }
  static PostView Post(const std::string& raw, std::vector<Link> links = {}) {
    PostView post;
    post.id = post.conversation_id = "100";
    post.created_at = kNow + absl::Seconds(1);
    post.raw_text = raw;
    post.links = std::move(links);
    return post;
  }
  static inline const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
};

TEST_F(XMatch, TheSameText) {
  EXPECT_EQ(MatchPost(Post("Hello"), Looking("Hello")), Match::kYes);
  EXPECT_EQ(MatchPost(Post("Hello"), Looking("  Hello\n")), Match::kYes);
  EXPECT_EQ(MatchPost(Post("a\n\nb"), Looking("a\r\n\r\nb")), Match::kYes);
  EXPECT_EQ(MatchPost(Post("caf\u00e9"), Looking("cafe\u0301")), Match::kYes) << "X composes";
  EXPECT_EQ(MatchPost(Post("Hello you"), Looking("Hello")), Match::kNo);
  EXPECT_EQ(MatchPost(Post(""), Looking("Hello")), Match::kNo);
}

TEST_F(XMatch, EscapedCharacters) {
  EXPECT_EQ(MatchPost(Post("R&amp;D &lt;3 &gt;"), Looking("R&D <3 >")), Match::kYes);
  EXPECT_EQ(MatchPost(Post("R&D <3"), Looking("R&D <3")), Match::kYes) << "were X to stop it";
  EXPECT_EQ(MatchPost(Post("&amp;amp;"), Looking("&amp;")), Match::kYes);
}

TEST_F(XMatch, LinksAreWhatTheyLeadTo) {
  const auto with = [](const std::string& url) {
    return Post("See https://t.co/a1 now", {{"https://t.co/a1", url, false}});
  };
  const Wanted wanted = Looking("See https://example.com/a?b=1 now");
  EXPECT_EQ(MatchPost(with("https://example.com/a?b=1"), wanted), Match::kYes);
  EXPECT_EQ(MatchPost(with("https://Example.com/a?b=1"), wanted), Match::kYes);
  EXPECT_EQ(MatchPost(with("http://example.com"), Looking("See example.com now")), Match::kYes);
  EXPECT_EQ(MatchPost(with("https://example.com/"), Looking("See https://example.com now")), Match::kYes);
  EXPECT_EQ(MatchPost(with("https://example.com"), Looking("See https://example.com/ now")), Match::kYes);
  // Another link in the same words may be what X followed ours to.
  EXPECT_EQ(MatchPost(with("https://elsewhere.example/x"), wanted), Match::kMaybe);
  EXPECT_EQ(MatchPost(with(""), wanted), Match::kMaybe);
  EXPECT_EQ(MatchPost(with("https://example.com/a?b=1"), Looking("Look https://example.com/a?b=1 now")), Match::kNo);
}

TEST_F(XMatch, TheLinkOfTheContentIsPartOfTheText) {
  platform::PublishContent content;
  content.text = "New on the blog";
  content.link = "https://example.com/a";
  const PostView post = Post("New on the blog\n\nhttps://t.co/a1", {{"https://t.co/a1", "https://example.com/a", false}});
  EXPECT_EQ(MatchPost(post, MakeWanted(content, kNow, {})), Match::kYes);
}

TEST_F(XMatch, ALinkThatOnlyXSees) {
  // A top-level domain that one of the two does not know yet.
  const PostView post = Post("Try https://t.co/a1!", {{"https://t.co/a1", "http://carillon.zzzz", false}});
  EXPECT_EQ(MatchPost(post, Looking("Try carillon.zzzz!")), Match::kYes);
}

TEST_F(XMatch, TheMediasOwnLinkIsNoText) {
  PostView post = Post("Look https://t.co/m1", {{"https://t.co/m1", "https://x.com/b/status/100/photo/1", true}});
  post.media_count = 1;
  EXPECT_EQ(MatchPost(post, Looking("Look", "", 1)), Match::kYes);
  EXPECT_EQ(MatchPost(post, Looking("Look", "", 2)), Match::kMaybe);
  EXPECT_EQ(MatchPost(post, Looking("Look")), Match::kMaybe);
  PostView bare = Post("https://t.co/m1", post.links);
  bare.media_count = 1;
  EXPECT_EQ(MatchPost(bare, Looking("", "", 1)), Match::kYes);
}

TEST_F(XMatch, TheLinkOfAQuoteIsNoText) {
  platform::PublishContent content;
  content.text = "So true, see example.com";
  content.quoted_remote_id = "https://twitter.com/ann/status/50";
  const Wanted wanted = MakeWanted(content, kNow, {});
  PostView post = Post("So true, see https://t.co/a1 https://t.co/q1",
                       {{"https://t.co/a1", "http://example.com", false}, {"https://t.co/q1", "https://x.com/ann/status/50", false}});
  post.quoted_id = "50";
  EXPECT_EQ(MatchPost(post, wanted), Match::kYes);
  post.quoted_id = "51";
  EXPECT_NE(MatchPost(post, wanted), Match::kYes);
  post.quoted_id.clear();
  EXPECT_EQ(MatchPost(post, wanted), Match::kMaybe) << "what is quoted is gone";
  // Whoever wrote the link himself has it in the text.
  content.text = "So true https://x.com/ann/status/50";
  content.quoted_remote_id.clear();
  post = Post("So true https://t.co/q1", {{"https://t.co/q1", "https://x.com/ann/status/50", false}});
  post.quoted_id = "50";
  EXPECT_EQ(MatchPost(post, MakeWanted(content, kNow, {})), Match::kYes) << "X makes a quote of it, too";
}

TEST_F(XMatch, APollIsPartOfIt) {
  platform::PublishContent content;
  content.text = "Which?";
  content.poll.emplace();
  EXPECT_EQ(MatchPost(Post("Which?"), MakeWanted(content, kNow, {})), Match::kMaybe);
  PostView poll = Post("Which?");
  poll.has_poll = true;
  EXPECT_EQ(MatchPost(poll, MakeWanted(content, kNow, {})), Match::kYes);
  EXPECT_EQ(MatchPost(poll, Looking("Which?")), Match::kMaybe);
}

TEST_F(XMatch, ChangedPunctuationIsDoubtful) {
  EXPECT_EQ(MatchPost(Post("Hello, world!"), Looking("Hello world")), Match::kMaybe);
  EXPECT_EQ(MatchPost(Post("\U0001F514 bell"), Looking("\U0001F514  bell")), Match::kYes);
  EXPECT_EQ(MatchPost(Post("\U0001F514"), Looking("\U0001F515")), Match::kNo);
}

TEST_F(XMatch, RepliesAreToldByTheirParent) {
  PostView reply = Post("@anna @ben Thanks!");
  reply.reply_to_id = "50";
  reply.conversation_id = "40";
  EXPECT_EQ(MatchPost(reply, Looking("Thanks!", "50")), Match::kYes) << "X names whom it answers";
  EXPECT_EQ(MatchPost(reply, Looking("@ben Thanks!", "50")), Match::kYes);
  EXPECT_EQ(MatchPost(reply, Looking("Thanks!", "51")), Match::kNo);
  EXPECT_EQ(MatchPost(reply, Looking("@anna @ben Thanks!")), Match::kNo) << "no reply was looked for";
  reply.reply_to_id.clear();
  EXPECT_EQ(MatchPost(reply, Looking("Thanks!", "50")), Match::kMaybe) << "the parent is gone";
  EXPECT_EQ(MatchPost(reply, Looking("@anna @ben Thanks!")), Match::kMaybe);
}

TEST_F(XMatch, AConversationThatXDoesNotNameProvesNothing) {
  PostView post = Post("Hello");
  post.conversation_id.clear();
  EXPECT_EQ(MatchPost(post, Looking("Hello")), Match::kMaybe);
}

TEST_F(XMatch, TooEarlyOrAnothersOrARepost) {
  PostView post = Post("Hello");
  post.created_at = kNow - absl::Seconds(10);
  EXPECT_EQ(MatchPost(post, Looking("Hello")), Match::kMaybe);
  post.created_at = kNow - absl::Seconds(4);
  EXPECT_EQ(MatchPost(post, Looking("Hello")), Match::kYes) << "clocks differ";
  Wanted wanted = Looking("Hello");
  wanted.known_ids = {"100"};
  EXPECT_EQ(MatchPost(post, wanted), Match::kNo);
  post.is_repost = true;
  EXPECT_EQ(MatchPost(post, Looking("Hello")), Match::kNo);
}

TEST_F(XMatch, OneAndNoDoubtIsFound) {
  PostView one = Post("Hello"), two = Post("Hello"), like = Post("Hello!");
  two.id = two.conversation_id = "101";
  like.id = like.conversation_id = "102";
  EXPECT_EQ(Judge({one}, Looking("Hello")).kind, Kind::kFound);
  EXPECT_EQ(Judge({one}, Looking("Hello")).remote_id, "100");
  EXPECT_EQ(Judge({one, one}, Looking("Hello")).kind, Kind::kFound) << "listed twice between two pages";
  EXPECT_EQ(Judge({one, two}, Looking("Hello")).kind, Kind::kAmbiguous);
  EXPECT_EQ(Judge({one, like}, Looking("Hello")).kind, Kind::kAmbiguous);
  EXPECT_EQ(Judge({like}, Looking("Hello")).kind, Kind::kAmbiguous);
  EXPECT_EQ(Judge({like}, Looking("Bye")).kind, Kind::kAbsent);
  EXPECT_EQ(Judge({}, Looking("Hello")).kind, Kind::kAbsent);
}

class XLookup : public ::testing::Test {
 protected:
  platform::LookupOutcome Run(const std::string& text = "Hello") {
    platform::LookupRequest request;
    request.access.remote_account_id = FakeX::kAccountId;
    request.content.text = text;
    request.since = clock_.Now() - absl::Minutes(1);
    request.timeout = absl::Seconds(10);
    return LookUp(x_, clock_, OwnFacts(), {"https://api.x.com", "t"}, request);
  }
  absl::Time Ago(absl::Duration ago) const { return clock_.Now() - ago; }

  carillon::testing::FakeClock clock_;
  FakeX x_{clock_};
};

TEST_F(XLookup, AsksBackToTheFirstAttempt) {
  const std::string id = x_.AddPost({.text = "Hello", .created_at = Ago(absl::Seconds(50))});
  x_.AddPost({.text = "Hello", .created_at = Ago(absl::Hours(1))});
  const platform::LookupOutcome out = Run();
  EXPECT_EQ(out.kind, Kind::kFound) << out.error;
  EXPECT_EQ(out.remote_id, id);
  ASSERT_EQ(x_.exchanges.size(), 1u);
  const http::FormFields& query = x_.exchanges[0].query;
  EXPECT_EQ(query[0].second, "100");
  EXPECT_EQ(query[1], (http::FormFields::value_type{"start_time", "2027-01-15T07:54:00Z"}));
  EXPECT_EQ(x_.exchanges[0].request.headers.at("Authorization"), "Bearer t");
  EXPECT_FALSE(x_.exchanges[0].request.has_effect);
}

TEST_F(XLookup, ReadsAllPages) {
  x_.AddPost({.text = "Hello", .created_at = Ago(absl::Seconds(55))});
  for (int i = 0; i < 250; ++i) x_.AddPost({.text = "other " + std::to_string(i), .created_at = Ago(absl::Seconds(5))});
  EXPECT_EQ(Run().kind, Kind::kFound);
  EXPECT_EQ(x_.exchanges.size(), 3u);
  EXPECT_EQ(Run("Missing").kind, Kind::kAbsent);
}

TEST_F(XLookup, TooManyPagesIsUnavailable) {
  for (int i = 0; i < 1001; ++i) x_.AddPost({.text = "other " + std::to_string(i)});
  EXPECT_EQ(Run().kind, Kind::kUnavailable);
}

TEST_F(XLookup, AnyErrorIsUnavailableAlsoOnALaterPage) {
  x_.AddPost({.text = "Hello"});
  for (const int status : {400, 401, 402, 403, 404, 429, 500, 503}) {
    x_.Break("/tweets", testing::Fault::kRefused, status, R"({"title":"x","detail":"y"})");
    EXPECT_EQ(Run().kind, Kind::kUnavailable) << status;
  }
  for (const char* odd : {"<html>", "{}", "[]", R"({"data":{}})", R"({"data":[{"id":"1","text":"Hello"}]})",
                          R"({"errors":[{"title":"x"}]})", R"({"data":[],"meta":{"next_token":"a"}})"}) {
    x_.Break("/tweets", testing::Fault::kRefused, 200, odd);
    if (std::string(odd).find("next_token") != std::string::npos) {
      x_.Break("/tweets", testing::Fault::kRefused, 200, odd);
    }
    EXPECT_EQ(Run().kind, Kind::kUnavailable) << odd;
  }
  for (int i = 0; i < 150; ++i) x_.AddPost({.text = "other " + std::to_string(i)});
  x_.Break("/tweets", testing::Fault::kRefused, 200, R"({"data":[],"meta":{"next_token":"page100"}})");
  x_.Break("/tweets", testing::Fault::kAnswerLost);
  EXPECT_EQ(Run().kind, Kind::kUnavailable);
}

TEST_F(XLookup, NothingPostedIsAbsent) {
  EXPECT_EQ(Run().kind, Kind::kAbsent);
}

TEST_F(XLookup, AClockThatIsWrongByMinutesJudgesNothing) {
  x_.headers["Date"] =
      absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", Ago(absl::Minutes(6)), absl::UTCTimeZone());
  EXPECT_EQ(Run().kind, Kind::kUnavailable);
  x_.headers["Date"] =
      absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", Ago(absl::Minutes(4)), absl::UTCTimeZone());
  EXPECT_EQ(Run().kind, Kind::kAbsent);
}

// As docs.x.com shows a post with a picture and a post with a page's link, in the names of before 2026.
TEST(XPostView, TheFormerNames) {
  const auto post = platform::ParseJson(R"({"id":"1212092628029698048","created_at":"2019-12-31T19:26:16.000Z",
      "text":"We believe. https://t.co/yvxdK6aOo2","in_reply_to_user_id":"2244994945","author_id":"2244994945",
      "entities":{"urls":[{"start":12,"end":35,"url":"https://t.co/yvxdK6aOo2","display_url":"pic.x.com/yvxdK6aOo2",
      "expanded_url":"https://x.com/A/status/1211797914437259264/photo/1","media_key":"16_1"},{"start":12,"end":35,
      "url":"https://t.co/yvxdK6aOo2","expanded_url":"https://x.com/A/status/1211797914437259264/photo/1","media_key":"16_2"}]},
      "referenced_tweets":[{"type":"replied_to","id":"1212092627178287104"}],
      "attachments":{"media_keys":["16_1","16_2"]},
      "note_tweet":{"text":"We believe. And so on. https://t.co/yvxdK6aOo2","entities":{"urls":[{"start":24,"end":47,
      "url":"https://t.co/yvxdK6aOo2","expanded_url":"https://x.com/A/status/1/photo/1","media_key":"16_1"}]}},
      "public_metrics":{"retweet_count":7,"reply_count":3,"like_count":38,"quote_count":1}})");
  const auto view = ReadPost(*post, OwnFacts());
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ(view->reply_to_id, "1212092627178287104");
  EXPECT_EQ(view->media_count, 2);
  EXPECT_EQ(view->reposts, 7);
  EXPECT_EQ(view->quotes, 1);
  EXPECT_EQ(PlainText(*view), "We believe. And so on.");
}

TEST(XPostView, ItsOwnPictureIsNoLinkAlsoWhereItsKeyIsNotSaid) {
  const auto shown = [](const std::string& page) {
    const auto post = platform::ParseJson(
        R"({"id":"12","created_at":"2026-11-20T10:00:00.000Z","text":"Ding https://t.co/a","edit_history_post_ids":["11","12"],
        "attachments":{"media_keys":["3_1"]},"entities":{"urls":[{"start":5,"end":19,"url":"https://t.co/a","expanded_url":")" +
        page + R"("}]}})");
    return PlainText(*ReadPost(*post, OwnFacts()));
  };
  EXPECT_EQ(shown("https://x.com/A/status/12/photo/1"), "Ding");
  EXPECT_EQ(shown("https://x.com/A/status/11/video/1"), "Ding") << "of an earlier version";
  EXPECT_EQ(shown("https://x.com/A/status/1/photo/1"), "Ding https://x.com/A/status/1/photo/1") << "somebody else's";
}

}  // namespace
}  // namespace carillon::x
