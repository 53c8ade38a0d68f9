// Terms and the posts that have them.
#include "common/platform/keyword.h"

#include <gtest/gtest.h>

#include "common/platform/back_walk.h"

namespace carillon::platform {
namespace {

bool Has(std::string_view text, std::string_view term, const std::vector<std::string>& tags = {}) {
  const auto normal = NormalTerm(term);
  EXPECT_TRUE(normal.ok()) << normal.status();
  return normal.ok() && PostWords(text, tags).Has(*normal);
}

TEST(KeywordTest, WordsAreWholeAndInTheirOrder) {
  EXPECT_TRUE(Has("Die Glocke!", "glocke"));
  EXPECT_TRUE(Has("DIE GLOCKE läutet", "Glocke LÄUTET"));
  EXPECT_FALSE(Has("Im Glockenturm", "glocke"));
  EXPECT_FALSE(Has("läutet die Glocke", "Glocke läutet"));
  EXPECT_TRUE(Has("trail-running shoes", "trail running"));
  EXPECT_FALSE(Has("", "a"));
}

TEST(KeywordTest, FormsOfLettersAreOne) {
  EXPECT_TRUE(Has("Cafe\xCC\x81 au lait", "CAF\xC3\x89"));
  EXPECT_TRUE(Has("ΣΊΣΥΦΟΣ", "σίσυφοσ"));
}

TEST(KeywordTest, WhereThereAreNoSpacesEachCharacterIsAWord) {
  EXPECT_TRUE(Has("今日は東京タワーに行った", "東京"));
  EXPECT_FALSE(Has("今日は京東に行った", "東京"));
  EXPECT_TRUE(Has("東京!", "東京"));
}

TEST(KeywordTest, HashtagsAreInTheTextOrBesideIt) {
  EXPECT_TRUE(Has("Off to the hills #TrailRun", "#trailrun"));
  EXPECT_FALSE(Has("Off to the hills, trailrun", "#trailrun"));
  EXPECT_TRUE(Has("no tag in here", "#trailrun", {"TrailRun"}));
  EXPECT_FALSE(Has("#trailrunning", "#trailrun"));
  EXPECT_FALSE(Has("a#trailrun", "#trailrun"));
  EXPECT_TRUE(Has("the word of a tag is a word: #trailrun", "trailrun"));
}

TEST(KeywordTest, ATermThatNothingCouldHaveIsRefused) {
  for (const std::string& bad : {std::string(), std::string(" \t"), std::string("!?"), std::string("#"),
                                 std::string("#two words"), std::string("\xFF"), std::string(201, 'a')}) {
    EXPECT_EQ(ReasonOf(NormalTerm(bad).status()), "BAD_TERM") << bad;
  }
  EXPECT_EQ(*NormalTerm("  Trail   SHOES "), "trail shoes");
  EXPECT_EQ(*NormalTerm("#TrailRun"), "#trailrun");
}

TEST(BackWalkTest, EndsWhereTheWalkBeforeBegan) {
  BackWalk walk{.since = "5"};
  walk.high = "9";
  EXPECT_TRUE(walk.Advance(false, "p2"));
  EXPECT_EQ(walk, (BackWalk{"5", "9", "p2"}));
  EXPECT_EQ(*ReadBackWalk(ToCursor(walk)), walk);
  EXPECT_FALSE(walk.Advance(true, "p3"));
  EXPECT_EQ(walk, (BackWalk{"9", "", ""}));
  // Nothing new.
  EXPECT_FALSE(walk.Advance(false, "p1"));
  EXPECT_EQ(walk, (BackWalk{"9", "", ""}));
  EXPECT_EQ(ReadBackWalk("[1]"), std::nullopt);
  EXPECT_EQ(ReadBackWalk("nonsense"), std::nullopt);
  EXPECT_TRUE(ReadBackWalk("")->IsFirst());
}

}  // namespace
}  // namespace carillon::platform
