#include "common/text/utf8.h"

#include <gtest/gtest.h>

namespace carillon::text {
namespace {

TEST(Utf8, Validity) {
  EXPECT_TRUE(IsValidUtf8(""));
  EXPECT_TRUE(IsValidUtf8("plain"));
  EXPECT_TRUE(IsValidUtf8("grüße 你好 👩‍👩‍👧"));
  EXPECT_FALSE(IsValidUtf8("\xff"));
  EXPECT_FALSE(IsValidUtf8("gr\xfc\xdf"));        // Latin-1
  EXPECT_FALSE(IsValidUtf8("\xc0\xaf"));          // overlong
  EXPECT_FALSE(IsValidUtf8("\xed\xa0\x80"));      // a surrogate
  EXPECT_FALSE(IsValidUtf8("\xf4\x90\x80\x80"));  // above U+10FFFF
  EXPECT_FALSE(IsValidUtf8("cut \xe2\x82"));
}

TEST(Utf8, CountsWhatReadersCount) {
  struct Case {
    std::string_view text;
    int64_t graphemes;
    int64_t code_points;
    int64_t utf16_units;
  };
  const Case cases[] = {
      {"", 0, 0, 0},
      {"abc", 3, 3, 3},
      {"e\u0301", 1, 2, 2},                // e + combining acute
      {"👩‍👩‍👧", 1, 5, 8},                   // a family, joined
      {"👍🏽", 1, 2, 4},                     // with a skin tone
      {"🇩🇪🇫🇷", 2, 4, 8},                   // flags are pairs
      {"नमस्ते", 3, 6, 6},                   // Unicode 15.0: the virama does not join yet
      {"한국어", 3, 3, 3},
      {"\u1112\u1161\u11ab", 1, 3, 3},     // one Hangul syllable in three jamo
      {"a\r\nb", 3, 4, 4},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(CountGraphemes(c.text), c.graphemes) << c.text;
    EXPECT_EQ(CountCodePoints(c.text), c.code_points) << c.text;
    EXPECT_EQ(CountUtf16Units(c.text), c.utf16_units) << c.text;
  }
}

TEST(Utf8, BrokenBytesDoNotStopTheCount) { EXPECT_GT(CountGraphemes("a\xff\xfe z"), 2); }

TEST(Utf8, NfcComposes) {
  EXPECT_EQ(NormalizeNfc("e\u0301"), "é");
  EXPECT_EQ(NormalizeNfc("plain"), "plain");
  EXPECT_EQ(NormalizeNfc("\xff"), "\xff");
}

TEST(Utf8, CollapseSpace) {
  EXPECT_EQ(CollapseSpace("  a\n\n b\u00a0\u2003c\t"), "a b c");
  EXPECT_EQ(CollapseSpace(" \n"), "");
}

TEST(Utf8, TruncateNeverCutsACodePoint) {
  EXPECT_EQ(Truncate("aé", 3), "aé");
  EXPECT_EQ(Truncate("aé", 2), "a");
  EXPECT_EQ(Truncate("👍", 3), "");
  EXPECT_EQ(Truncate("abc", 0), "");
}

}  // namespace
}  // namespace carillon::text
