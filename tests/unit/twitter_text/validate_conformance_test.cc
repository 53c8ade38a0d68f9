// Judged by X's own cases: twitter-text/validate.yml of $CARILLON_CONFORMANCE_DATA.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <functional>
#include <set>
#include <string>

#include "common/text/utf8.h"
#include "common/twitter_text/validate.h"
#include "common/twitter_text/weighted_length.h"
#include "tests/support/conformance_data.h"

namespace carillon::twitter_text {
namespace {

// The first configuration: 140 code points. The second: the third without emoji.
Config First() {
  return {.length_max = 140, .scale = 1, .default_weight = 1, .emoji_counted_whole = false, .ranges = {}};
}
Config Second() { return {.emoji_counted_whole = false}; }

class ValidateConformance : public testing::Test {
 protected:
  void SetUp() override {
    const auto file = support::ConformanceFile("twitter-text/validate.yml");
    if (!file) GTEST_SKIP() << support::kNoConformanceData;
    tests_ = YAML::LoadFile(*file)["tests"];
  }

  void Check(const std::string& section, size_t cases, const std::function<bool(const std::string&)>& is_valid) {
    EXPECT_EQ(tests_[section].size(), cases) << section;
    for (const YAML::Node& node : tests_[section]) {
      const auto text = node["text"].as<std::string>();
      EXPECT_EQ(is_valid(text), node["expected"].as<bool>()) << section << ": " << node["description"];
    }
  }

  void CheckLengths(const std::string& section, size_t cases, const Config& config) {
    EXPECT_EQ(tests_[section].size(), cases) << section;
    for (const YAML::Node& node : tests_[section]) {
      const auto text = node["text"].as<std::string>();
      const YAML::Node expected = node["expected"];
      SCOPED_TRACE(section + ": " + node["description"].as<std::string>());
      const WeightedLength measured = MeasureWeighted(text, config);
      EXPECT_EQ(measured.length, expected["weightedLength"].as<int64_t>());
      EXPECT_EQ(measured.valid, expected["valid"].as<bool>());
      EXPECT_EQ(measured.permillage, expected["permillage"].as<int64_t>());
      // The cases' ranges are in UTF-16 units, and their ends the last unit itself. All of a text is displayed.
      EXPECT_EQ(0, expected["displayRangeStart"].as<int64_t>());
      EXPECT_EQ(text::CountUtf16Units(text) - 1, expected["displayRangeEnd"].as<int64_t>());
      EXPECT_EQ(text::CountUtf16Units(text.substr(0, measured.valid_range.begin)), expected["validRangeStart"].as<int64_t>());
      EXPECT_EQ(text::CountUtf16Units(text.substr(0, measured.valid_range.end)) - 1, expected["validRangeEnd"].as<int64_t>());
    }
  }

  YAML::Node tests_;
};

TEST_F(ValidateConformance, Posts) {
  Check("tweets", 8, [](const std::string& text) { return MeasureWeighted(text, First()).valid; });
}

TEST_F(ValidateConformance, Names) {
  Check("usernames", 4, [](const std::string& text) { return IsUser(text); });
  Check("lists", 5, [](const std::string& text) { return IsList(text); });
  Check("hashtags", 7, [](const std::string& text) { return IsHashtag(text); });
}

TEST_F(ValidateConformance, Urls) {
  Check("urls", 24, [](const std::string& text) { return IsUrl(text); });
  Check("urls_without_protocol", 5, [](const std::string& text) { return IsUrl(text, Scheme::kOptional); });
}

TEST_F(ValidateConformance, WeightedLengths) {
  CheckLengths("WeightedTweetsCounterTest", 20, Second());
  CheckLengths("WeightedTweetsWithDiscountedEmojiCounterTest", 22, Config());
  CheckLengths("UnicodeDirectionalMarkerCounterTest", 2, Config());
}

TEST_F(ValidateConformance, NoSectionIsLeftOut) {
  std::set<std::string> sections;
  for (const auto& section : tests_) sections.insert(section.first.as<std::string>());
  EXPECT_EQ(sections, (std::set<std::string>{"tweets", "usernames", "lists", "hashtags", "urls", "urls_without_protocol",
                                             "WeightedTweetsCounterTest", "WeightedTweetsWithDiscountedEmojiCounterTest",
                                             "UnicodeDirectionalMarkerCounterTest"}));
}

}  // namespace
}  // namespace carillon::twitter_text
