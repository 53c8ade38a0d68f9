#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/text/utf8.h"
#include "common/twitter_text/entities.h"
#include "common/twitter_text/mentions.h"
#include "common/twitter_text/tags.h"
#include "common/twitter_text/urls.h"
#include "common/twitter_text/weighted_length.h"
#include "tests/support/random_text.h"

namespace carillon::twitter_text {
namespace {

constexpr int kTexts = 4000;
constexpr int kPieces = 24;

support::RandomText Texts(uint64_t seed) {
  return {seed, {"http://", "https://", "t.co/", "a.com", ".com", ".", "-", "_", "/", "?", "=", "(", ")", ":", "@", "#", "＃", "＠", "$",
                 " ", "a", "Z", "7", "é", "e\u0301", "日本", "。", ".みんな", "xn--", "👨‍👩‍👧", "\uFE0F", "\u20E3", "1", "🇩🇪", "\u200D",
                 "\u202A", "\uFB2C", "\u0315\u0316", "한", "RT", "BRK.A"}};
}

void ExpectInOrder(const std::string& text, const std::vector<text::TextRange>& ranges) {
  size_t end = 0;
  for (const text::TextRange& range : ranges) {
    ASSERT_LE(end, range.begin) << text;
    ASSERT_LT(range.begin, range.end) << text;
    ASSERT_LE(range.end, text.size()) << text;
    ASSERT_TRUE(support::IsCodePointBorder(text, range.begin)) << text;
    ASSERT_TRUE(support::IsCodePointBorder(text, range.end)) << text;
    end = range.end;
  }
}

std::vector<text::TextRange> Ranges(const std::vector<Entity>& entities) {
  std::vector<text::TextRange> out;
  for (const Entity& entity : entities) out.push_back(entity.range);
  return out;
}

TEST(Properties, RangesAreInOrderAndOnBorders) {
  support::RandomText texts = Texts(1);
  for (int i = 0; i < kTexts; ++i) {
    const std::string text = texts.Make(kPieces);
    ExpectInOrder(text, FindUrls(text));
    ExpectInOrder(text, Ranges(FindMentions(text)));
    ExpectInOrder(text, Ranges(FindHashtags(text)));
    ExpectInOrder(text, Ranges(FindCashtags(text)));
    ExpectInOrder(text, Ranges(FindEntities(text)));
  }
}

TEST(Properties, AnEntityIsWhatItsRangeHolds) {
  support::RandomText texts = Texts(2);
  for (int i = 0; i < kTexts; ++i) {
    const std::string text = texts.Make(kPieces);
    for (const Entity& entity : FindEntities(text)) {
      std::string whole(text::Slice(text, entity.range));
      if (entity.kind != Entity::Kind::kUrl) whole = whole.substr(support::IsCodePointBorder(whole, 1) ? 1 : 3);
      EXPECT_EQ(whole, entity.kind == Entity::Kind::kList ? entity.value + "/" + entity.list : entity.value) << text;
    }
  }
}

TEST(Properties, AUrlIsFoundAloneToo) {
  support::RandomText texts = Texts(3);
  for (int i = 0; i < kTexts; ++i) {
    const std::string text = texts.Make(kPieces);
    for (const text::TextRange& url : FindUrls(text)) {
      const std::string alone(text::Slice(text, url));
      if (alone.starts_with('-')) continue;  // only between ideographs does X let one begin so
      const std::vector<text::TextRange> found = FindUrls(" " + alone);
      ASSERT_FALSE(found.empty()) << alone << " in " << text;
      EXPECT_EQ(found[0].begin, 1u) << alone << " in " << text;
    }
  }
}

TEST(Properties, TheLengthOfEqualTextsIsEqual) {
  support::RandomText texts = Texts(4);
  for (int i = 0; i < kTexts; ++i) {
    const std::string text = texts.Make(kPieces);
    EXPECT_EQ(MeasureWeighted(text).length, MeasureWeighted(text::NormalizeNfc(text)).length) << text;
  }
}

TEST(Properties, TheValidRangeIsAStartThatIsValid) {
  support::RandomText texts = Texts(5);
  Config small;
  small.length_max = 40;
  for (int i = 0; i < kTexts; ++i) {
    const std::string text = texts.Make(kPieces);
    const WeightedLength measured = MeasureWeighted(text, small);
    const size_t end = measured.valid_range.end;
    ASSERT_LE(end, text.size());
    ASSERT_TRUE(support::IsCodePointBorder(text, end)) << text;
    EXPECT_EQ(measured.valid, end == text.size() && !text.empty()) << text;
    EXPECT_EQ(measured.valid_range.begin, 0u);
  }
}

}  // namespace
}  // namespace carillon::twitter_text
