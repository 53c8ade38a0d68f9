#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/twitter_text/entities.h"
#include "common/twitter_text/mentions.h"
#include "common/twitter_text/urls.h"
#include "common/twitter_text/validate.h"
#include "common/twitter_text/weighted_length.h"

namespace carillon::twitter_text {
namespace {

TEST(TwitterText, Urls) {
  struct Case {
    std::string text;
    std::vector<std::string> urls;
  };
  const Case cases[] = {
      {"", {}},
      {"see example.com.", {"example.com"}},
      {"report.pdf and notes.txt", {}},
      {"shop.co.za is known by two labels", {"shop.co.za"}},
      {"foo.com:80/x?y=1", {"foo.com:80/x?y=1"}},
      {"foo.com:80 foo.com?x=1", {"foo.com", "foo.com"}},  // without a path neither port nor query belong to it
      {"http://foo.com:80?x=1", {"http://foo.com:80?x=1"}},
      {"http://a.com/a_(b(c)d)", {"http://a.com/a_(b(c)d)"}},
      {"http://a.com/(a(b)c(d)e)", {"http://a.com/"}},
      {"a.b@c.com -a.com _a.com $a.com", {}},
      {"a.com-b a.com+b", {}},
      {"HTTP://A.COM/B", {"HTTP://A.COM/B"}},
      {"https://T.CO/abc#x", {"https://T.CO/abc"}},
      {"あhttp://b.com", {"http://b.com"}},
      {"http://http://a.com", {"http://a.com"}},
      {"foo_bar.com/http://x.com", {}},
      {"http://xn--あ.com", {}},
      {"élan.com", {"lan.com"}},  // as X has it, at the beginning of a text only
      {" élan.com", {"élan.com"}},
      {"x.みんなx.みんな", {"x.みんな"}},
      {"http://münchen.де", {}},
      {"http://münchen.de/straße", {"http://münchen.de/straße"}},
      {"http://" + std::string(63, 'a') + ".com", {"http://" + std::string(63, 'a') + ".com"}},
      {"http://" + std::string(64, 'a') + ".com", {}},
      {"http://a.com/" + std::string(5000, 'a'), {}},
      {"example.com \xFF", {}},
  };
  for (const Case& c : cases) {
    std::vector<std::string> urls;
    for (const text::TextRange& url : FindUrls(c.text)) urls.emplace_back(text::Slice(c.text, url));
    EXPECT_EQ(urls, c.urls) << c.text;
  }
}

TEST(TwitterText, EntitiesDoNotOverlap) {
  const std::string text = "RT @ana/news: #日本test.com x.com/@bob/#c $BRK.A ＃d";
  const std::vector<Entity> expected = {
      {Entity::Kind::kList, {3, 12}, "ana", "news"},
      {Entity::Kind::kHashtag, {14, 25}, "日本test", ""},
      {Entity::Kind::kUrl, {30, 43}, "x.com/@bob/#c", ""},
      {Entity::Kind::kCashtag, {44, 50}, "BRK.A", ""},
      {Entity::Kind::kHashtag, {51, 55}, "d", ""},
  };
  EXPECT_EQ(FindEntities(text), expected);
  EXPECT_TRUE(FindEntities("@ana \xFF").empty());
}

TEST(TwitterText, NamesAreCutAtTheirMost) {
  const std::vector<Entity> found = FindMentions("@" + std::string(25, 'a'));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].value, std::string(20, 'a'));
  EXPECT_FALSE(IsUser("@" + std::string(21, 'a')));
  EXPECT_EQ(FindMentions("RT@ana").size(), 1u);
  EXPECT_TRUE(FindMentions("@RT@ana").empty());
  EXPECT_FALSE(FindReply("hello @ana"));
  EXPECT_FALSE(FindReply("@ana \xFF"));
}

TEST(TwitterText, TheConfigurationIsData) {
  Config config;
  EXPECT_EQ(MeasureWeighted("http://example.com", config).length, 23);
  config.url_length = 30;
  config.length_max = 100;
  config.ranges.clear();
  EXPECT_EQ(MeasureWeighted("http://example.com ab", config).length, 30 + 3 * 2);
  EXPECT_EQ(MeasureWeighted("http://example.com ab", config).permillage, 360);
}

TEST(TwitterText, ValidRange) {
  Config config;
  config.length_max = 4;
  struct Case {
    std::string text;
    bool valid;
    size_t end;
  };
  const Case cases[] = {
      {"", false, 0},
      {"abcd", true, 4},
      {"abcde", false, 4},
      {"abc日", false, 3},
      {"ab👨‍👩‍👧", true, 20},
      {"abc👨‍👩‍👧", false, 3},        // an emoji is not cut
      {"abce\u0301", true, 6},    // two code points, one after composition
      {"abcde\u0301", false, 4},  // nor is a letter from its accent
      {"abc\uFB2C", false, 3},    // what composition makes three of
      {"a\uFEFFb", false, 1},     // a byte order mark
      {"ab\xFF", false, 0},
      {"a x.com", false, 2},
  };
  for (const Case& c : cases) {
    const WeightedLength measured = MeasureWeighted(c.text, config);
    EXPECT_EQ(measured.valid, c.valid) << c.text;
    EXPECT_EQ(measured.valid_range.end, c.end) << c.text;
  }
}

TEST(TwitterText, WholeUrls) {
  EXPECT_TRUE(IsUrl("https://example.com:65535/a%20b"));
  EXPECT_FALSE(IsUrl("https://example.com:655350/"));
  EXPECT_FALSE(IsUrl("https://example.com/%2"));
  EXPECT_FALSE(IsUrl("https://example.com/a b"));
  EXPECT_FALSE(IsUrl("https://a@b@example.com/"));
  EXPECT_FALSE(IsUrl("https://localhost/"));
  EXPECT_FALSE(IsUrl("https://[::1"));
  EXPECT_TRUE(IsUrl("https://[::1]/"));
  EXPECT_FALSE(IsUrl("https://"));
  EXPECT_FALSE(IsUrl(""));
  EXPECT_FALSE(IsUrl("https://example.com/\xFF"));
}

}  // namespace
}  // namespace carillon::twitter_text
