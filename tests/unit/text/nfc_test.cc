#include "common/text/nfc.h"

#include <gtest/gtest.h>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>

#include <string>

#include "common/text/utf8.h"
#include "tests/support/random_text.h"

namespace carillon::text {
namespace {

constexpr size_t kMegabyte = 1 << 20;

// ICU's own, of the whole text at once.
std::string Reference(const std::string& text) {
  UErrorCode error = U_ZERO_ERROR;
  std::string out;
  icu::StringByteSink<std::string> sink(&out);
  icu::Normalizer2::getNFCInstance(error)->normalizeUTF8(0, text, sink, nullptr, error);
  EXPECT_TRUE(U_SUCCESS(error));
  return out;
}

support::RandomText Texts(uint64_t seed) {
  return {seed, {"a", "e\u0301", "\u0301", "\u0315", "\u0316", "\u0334", "\u0344", "\u0F73", "\u1112", "\u1161", "\u11AB", "한",
                 "\uFB2C", "\u0958", "\u212B", "\u2126", "\U0001D15E", "👩‍👧", "日", "\u0BC6\u0BBE", "\u0C46\u0C56"}};
}

TEST(Nfc, IsIcusOwn) {
  support::RandomText texts = Texts(1);
  for (int i = 0; i < 5000; ++i) {
    const std::string text = texts.Make(12);
    EXPECT_EQ(Nfc(text).text(), Reference(text)) << text;
  }
}

TEST(Nfc, IsIcusOwnOfLongRunsOfMarks) {
  support::RandomText texts(2, {"\u0301", "\u0315", "\u0316", "\u0334", "\u0344", "\u0F73", "\u0F71", "\u05B0", "\u064B"});
  for (int i = 0; i < 500; ++i) {
    const std::string text = "a" + texts.Make(200) + "o\u0302";
    EXPECT_EQ(Nfc(text).text(), Reference(text)) << text;
  }
}

TEST(Nfc, KnowsWhereItsPartsCameFrom) {
  support::RandomText texts = Texts(3);
  for (int i = 0; i < 1000; ++i) {
    const std::string text = texts.Make(12);
    const Nfc nfc(text);
    EXPECT_EQ(nfc.SourceOffset(0), 0u);
    EXPECT_EQ(nfc.SourceOffset(nfc.text().size()), text.size());
    for (size_t offset = 0; offset <= nfc.text().size(); ++offset) {
      if (!support::IsCodePointBorder(nfc.text(), offset)) continue;
      const size_t source = nfc.SourceOffset(offset);
      ASSERT_TRUE(support::IsCodePointBorder(text, source)) << text;
      // What was asked for, or less: never a part that comes after it.
      const std::string start = Nfc(std::string_view(text).substr(0, source)).text();
      EXPECT_LE(CountCodePoints(start), CountCodePoints(std::string_view(nfc.text()).substr(0, offset))) << text;
    }
  }
}

TEST(Nfc, HostileMarksEndSoon) {
  for (const char* unit : {"\u0315\u0316", "\u0316", "\u0F73\u0334", "\u1161", "\u11AB", "e\u0301", "\u0BBE"}) {
    uint64_t steps = 0;
    const std::string text = "a" + support::Repeated(unit, kMegabyte);
    const Nfc nfc(text, &steps);
    EXPECT_GT(nfc.text().size(), kMegabyte / 2);
    EXPECT_LE(steps, 3 * text.size()) << unit;
  }
}

}  // namespace
}  // namespace carillon::text
