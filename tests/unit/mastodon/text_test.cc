#include "common/platform/mastodon/text.h"

#include <gtest/gtest.h>

#include <string>

namespace carillon::mastodon {
namespace {

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

TEST(Text, TheLinkOfAQuoteIsLeftOut) {
  EXPECT_EQ(WithoutQuoteLink(R"(<p class="quote-inline">RE: <a href="https://a.example/1">a.example/1</a></p><p>Hello</p>)"),
            "<p>Hello</p>");
  EXPECT_EQ(WithoutQuoteLink(R"(<p>Hello<span class="x quote-inline"><br>RE: 1</span> you</p>)"), "<p>Hello you</p>");
  for (const char* same : {"", "<p>Hello</p>", "<p>quote-inline</p>", "quote-inline", R"(<p class="quote-inline">never ended)",
                           R"(<p class="quote-inline)"}) {
    EXPECT_EQ(WithoutQuoteLink(same), same);
  }
}

}  // namespace
}  // namespace carillon::mastodon
