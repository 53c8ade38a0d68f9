#include "common/platform/mastodon/length.h"

#include <gtest/gtest.h>

#include <string>

#include "common/text/utf8.h"
#include "tests/support/random_text.h"

namespace carillon::mastodon {
namespace {

TEST(MastodonLength, CountedLength) {
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

TEST(MastodonLength, SpoilerCountsToo) { EXPECT_EQ(CountedLength("abc", "warning", 23), 10); }

TEST(MastodonLength, UrlLengthIsTheServers) {
  EXPECT_EQ(CountedLength("https://example.com/long/path", "", 40), 40);
}

TEST(MastodonLength, IsNeverMoreThanTheTextsOwnAndItsUrls) {
  support::RandomText texts(1, {"http://", "https://", "a.com", ".", "-", "/", "@", "@ana", "@ana@host.example", "(", ")", " ",
                                "日", "é", "?", "👨‍👩‍👧", "=", ":"});
  for (int i = 0; i < 4000; ++i) {
    const std::string text = texts.Make(24);
    EXPECT_LE(CountedLength(text, "", 0), text::CountGraphemes(text)) << text;
    EXPECT_LE(ShortenMentions(text).size(), text.size()) << text;
  }
}

// Twice the text takes at most twice the steps.
TEST(MastodonLength, IsLinear) {
  constexpr size_t kBytes = 16 << 10;
  for (const char* unit : {"@", "@a", "@a@", "@a.", "@a-", "@a@b.", "a@b", "http://", "http://a.", "http://a.co/(", "http://a.co/(b)(",
                           "http://a.co/?", "http://a.co?!", "日", ".", "-", "@日", "h", "@a....", "\u0301"}) {
    for (const std::string_view start : {"", "@", "@a@b", "http://a.co/("}) {
      uint64_t once = 0;
      uint64_t twice = 0;
      CountedLength(std::string(start) + support::Repeated(unit, kBytes), "", 23, &once);
      CountedLength(std::string(start) + support::Repeated(unit, 2 * kBytes), "", 23, &twice);
      EXPECT_GE(once, kBytes / 4) << start << unit;
      EXPECT_LE(once, 100 * kBytes) << start << unit;
      EXPECT_LE(static_cast<double>(twice), 2.1 * static_cast<double>(once)) << start << unit;
    }
  }
}

}  // namespace
}  // namespace carillon::mastodon
