#include <gtest/gtest.h>

#include <string>

#include "common/atproto_syntax/identifiers.h"
#include "common/bluesky_text/facets.h"
#include "common/text/utf8.h"
#include "tests/support/random_text.h"

namespace carillon::bluesky_text {
namespace {

constexpr int kTexts = 10000;

support::RandomText Texts(uint64_t seed) {
  return {seed, {"http://", "https://", "a.com", ".com", ".", "-", "_", "/", "?", "#", "＃", "@", "(", ")", "[", "\"", "“", "”", "<",
                 ">", " ", " ", "\n", "a", "Z", "7", "é", "e\u0301", "日本", "。", ".みんな", "👨‍👩‍👧", "\uFE0F",
                 "\u20E3", "\u200B", ":80", "!", "…"}};
}

TEST(Properties, RangesAreInOrderAndOnBorders) {
  support::RandomText texts = Texts(1);
  int facets = 0;
  for (int i = 0; i < kTexts; ++i) {
    const std::string text = texts.Make(24);
    size_t end = 0;
    for (const Facet& facet : FindFacets(text)) {
      ++facets;
      ASSERT_LE(end, facet.range.begin) << text;
      ASSERT_LT(facet.range.begin, facet.range.end) << text;
      ASSERT_LE(facet.range.end, text.size()) << text;
      ASSERT_TRUE(support::IsCodePointBorder(text, facet.range.begin)) << text;
      ASSERT_TRUE(support::IsCodePointBorder(text, facet.range.end)) << text;
      end = facet.range.end;
    }
  }
  EXPECT_GT(facets, 1000);
}

TEST(Properties, ValuesAreWhatTheLexiconTakes) {
  support::RandomText texts = Texts(2);
  for (int i = 0; i < kTexts; ++i) {
    const std::string text = texts.Make(24);
    for (const Facet& facet : FindFacets(text)) {
      const std::string shown(text::Slice(text, facet.range));
      if (facet.kind == Facet::Kind::kMention) {
        EXPECT_TRUE(atproto_syntax::IsHandle(facet.value)) << text;
      } else if (facet.kind == Facet::Kind::kTag) {
        EXPECT_TRUE(shown == "#" + facet.value || shown == "＃" + facet.value) << text;
        EXPECT_LE(text::CountGraphemes(facet.value), 64) << text;
      } else {
        EXPECT_TRUE(facet.value.starts_with("http://") || facet.value.starts_with("https://")) << text;
        EXPECT_TRUE(facet.value == shown || facet.value == "https://" + shown) << text;
        EXPECT_EQ(facet.value.find_first_of(" \n"), std::string::npos) << text;
      }
    }
  }
}

// Twice the text takes at most twice the steps.
TEST(Properties, IsLinear) {
  constexpr size_t kBytes = 16 << 10;
  for (const char* unit : {"a", ".", "a.", "#", "#1", "#1(", "(#1", " #1", "(@a", "@a.", "(a.com", "https://", "(https://",
                           "https://a.com/(", "https://a)", ")", "(", "\"", "<", "a.com ", "a.com:80", " @a.com", " #\u0301", "日",
                           "“", "“a.b", "-", "(-"}) {
    for (const std::string_view start : {"", "#", "https://a.com/", "@"}) {
      uint64_t once = 0;
      uint64_t twice = 0;
      FindFacets(std::string(start) + support::Repeated(unit, kBytes), &once);
      FindFacets(std::string(start) + support::Repeated(unit, 2 * kBytes), &twice);
      EXPECT_GE(once, 1000u) << start << unit;
      EXPECT_LE(once, 20 * kBytes) << start << unit;
      EXPECT_LE(static_cast<double>(twice), 2.1 * static_cast<double>(once)) << start << unit;
    }
  }
}

TEST(Properties, AMegabyteOfOneTokenIsRead) {
  uint64_t steps = 0;
  const std::string text = support::Repeated("https://a.com/(", 1 << 20);
  EXPECT_EQ(FindFacets(text, &steps).size(), 1u);
  EXPECT_LE(steps, 10 * text.size());
}

}  // namespace
}  // namespace carillon::bluesky_text
