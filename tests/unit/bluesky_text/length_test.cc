#include "common/bluesky_text/length.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/random_text.h"

namespace carillon::bluesky_text {
namespace {

TEST(Length, IsInGraphemesAndInBytes) {
  EXPECT_EQ(Measure(""), (Length{0, 0}));
  EXPECT_EQ(Measure("caf\u00E9"), (Length{4, 5}));
  EXPECT_EQ(Measure("👨‍👩‍👧!"), (Length{2, 19}));
}

TEST(Length, BothAreLimited) {
  const Limits limits;
  EXPECT_TRUE(Fits(Measure(std::string(300, 'a')), limits));
  EXPECT_FALSE(Fits(Measure(std::string(301, 'a')), limits));
  const std::string family = "👨‍👩‍👧";  // 18 bytes
  EXPECT_TRUE(Fits(Measure(support::Repeated(family, 166 * 18)), limits));
  EXPECT_FALSE(Fits(Measure(support::Repeated(family, 167 * 18)), limits));
}

TEST(Length, LimitsAreData) {
  EXPECT_TRUE(Fits(Measure(std::string(301, 'a')), {.graphemes_max = 400}));
  EXPECT_FALSE(Fits(Measure("aaaa"), {.graphemes_max = 400, .bytes_max = 3}));
}

}  // namespace
}  // namespace carillon::bluesky_text
