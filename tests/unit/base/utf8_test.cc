#include "common/base/utf8.h"

#include <gtest/gtest.h>

#include "common/base/enum_text.h"

namespace carillon {
namespace {

TEST(Utf8Test, ACutNeverEndsInsideACodePoint) {
  EXPECT_EQ(CutUtf8("caf\xC3\xA9", 5), "caf\xC3\xA9");
  EXPECT_EQ(CutUtf8("caf\xC3\xA9", 4), "caf");
  EXPECT_EQ(CutUtf8("\xF0\x9F\x8E\x89", 3), "");
  EXPECT_EQ(CutUtf8("plain", 2), "pl");
}

TEST(EnumTextTest, AValueWithoutANameIsUnknown) {
  EXPECT_EQ(WithoutPrefix("POST_STATE_HELD", "POST_STATE_"), "HELD");
  EXPECT_EQ(WithoutPrefix("", "POST_STATE_"), "UNKNOWN");
}

TEST(Utf8Test, BrokenBytesAreReplacedAndNothingElse) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(ReplaceBrokenUtf8("caf\xC3\xA9 \xF0\x9F\x8E\x89"), "caf\xC3\xA9 \xF0\x9F\x8E\x89");
  EXPECT_EQ(ReplaceBrokenUtf8("caf\xE9!"), "caf" + mark + "!");
  EXPECT_EQ(ReplaceBrokenUtf8("caf\xC3"), "caf" + mark);
  EXPECT_EQ(ReplaceBrokenUtf8("\xC0\xAF"), mark + mark);              // overlong
  EXPECT_EQ(ReplaceBrokenUtf8("\xED\xA0\x80"), mark + mark + mark);  // a surrogate
  EXPECT_EQ(ReplaceBrokenUtf8("\xF4\x90\x80\x80"), mark + mark + mark + mark);  // above U+10FFFF
}

}  // namespace
}  // namespace carillon
