#include "services/publisher/connectors/mastodon/text.h"

#include <gtest/gtest.h>

#include <string>

namespace carillon::publisher::mastodon {
namespace {

TEST(MastodonText, CountedLength) {
  const std::string family = "👩‍👩‍👧";
  struct Case {
    std::string text;
    int64_t length;
  };
  const Case cases[] = {
      {"", 0},
      {"hello", 5},
      {family + family, 2},
      {"https://example.com/" + std::string(300, 'a'), 23},
      {"http://a.io", 23},  // a short one counts as much
      {"see https://example.com/x.", 4 + 23 + 1},
      {"https://example.com/a https://example.com/b", 23 + 1 + 23},
      {"https://localhost/path", 22},  // no URL for Mastodon
      {"example.com/path", 16},
      {"hi @ana@social.example!", 3 + 4 + 1},
      {"hi @ana@social.example.", 3 + 4 + 1},
      {"hi @ana", 7},
      {"mail ana@social.example", 23},  // no mention
      {"@a.b-c@host.example and more", 6 + 9},
      {"@@host.example", 14},
      {"日本語 @ana@例え.テスト", 3 + 1 + 4},
      {"https://social.example/@ana@other.example", 23},
      {"a\r\nb", 3},
  };
  for (const Case& c : cases) EXPECT_EQ(CountedLength(c.text, "", 23), c.length) << c.text;
}

TEST(MastodonText, SpoilerCountsToo) { EXPECT_EQ(CountedLength("abc", "warning", 23), 10); }

TEST(MastodonText, UrlLengthIsTheServers) {
  EXPECT_EQ(CountedLength("https://example.com/long/path", "", 40), 40);
}

TEST(MastodonText, StatusTextAppendsTheLinkOnce) {
  EXPECT_EQ(StatusText({.text = "new"}), "new");
  EXPECT_EQ(StatusText({.text = "new", .link = "https://example.com/a"}), "new\n\nhttps://example.com/a");
  EXPECT_EQ(StatusText({.text = "see https://example.com/a now", .link = "https://example.com/a"}),
            "see https://example.com/a now");
  // The link is only the beginning of a URL in the text.
  EXPECT_EQ(StatusText({.text = "see https://example.com/abc", .link = "https://example.com/a"}),
            "see https://example.com/abc\n\nhttps://example.com/a");
  EXPECT_EQ(StatusText({.link = "https://example.com/a"}), "https://example.com/a");
}

TEST(MastodonText, ComparableTextForgetsWhatServersChange) {
  EXPECT_EQ(ComparableText("one\n\n\ntwo  three "), ComparableText("one\ntwo three"));
  EXPECT_EQ(ComparableText("hi @ana@social.example"), ComparableText("hi @ana"));
  EXPECT_EQ(ComparableText("cafe\u0301"), ComparableText("café"));
  EXPECT_NE(ComparableText("one two"), ComparableText("onetwo"));
  EXPECT_NE(ComparableText("Sale!"), ComparableText("sale!"));
}

TEST(MastodonText, LooseTextForgetsMarkup) {
  EXPECT_EQ(LooseText("a **bold** move"), LooseText("a bold move"));
  EXPECT_NE(LooseText("a bold move"), LooseText("another bold move"));
  EXPECT_NE(LooseText("🎉"), LooseText("🎂"));
  EXPECT_EQ(LooseText("...!"), "");
}

}  // namespace
}  // namespace carillon::publisher::mastodon
