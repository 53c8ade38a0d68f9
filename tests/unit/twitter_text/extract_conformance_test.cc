// Judged by X's own cases: twitter-text/extract.yml and tlds.yml of $CARILLON_CONFORMANCE_DATA.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/text/utf8.h"
#include "common/tld/tld.h"
#include "common/twitter_text/entities.h"
#include "common/twitter_text/mentions.h"
#include "common/twitter_text/tags.h"
#include "common/twitter_text/urls.h"
#include "tests/support/conformance_data.h"

namespace carillon::twitter_text {
namespace {

using Kind = Entity::Kind;

// A found entity as the cases write it.
struct Found {
  std::string value;
  std::string list;  // with its slash
  int64_t begin = 0, end = 0;

  bool operator==(const Found&) const = default;
};
void PrintTo(const Found& found, std::ostream* out) {
  *out << found.value << found.list << " [" << found.begin << ", " << found.end << "]";
}

// Each kind as X's own function of that name gives it: hashtags are not those that stand in a URL.
std::vector<Entity> Extract(Kind kind, const std::string& text) {
  if (kind == Kind::kMention) return FindMentions(text);
  if (kind == Kind::kCashtag) return FindCashtags(text);
  std::vector<Entity> found = FindEntities(text);
  std::erase_if(found, [kind](const Entity& entity) { return entity.kind != kind; });
  return found;
}

using Units = int64_t (*)(std::string_view);

std::vector<Found> Extract(Kind kind, const std::string& text, Units units) {
  std::vector<Found> out;
  for (const Entity& entity : Extract(kind, text)) {
    const std::string_view view(text);
    out.push_back({entity.value, entity.kind == Kind::kList ? "/" + entity.list : "", units(view.substr(0, entity.range.begin)),
                   units(view.substr(0, entity.range.end))});
  }
  return out;
}

class ExtractConformance : public testing::Test {
 protected:
  void SetUp() override {
    const auto file = support::ConformanceFile("twitter-text/extract.yml");
    if (!file) GTEST_SKIP() << support::kNoConformanceData;
    tests_ = YAML::LoadFile(*file)["tests"];
  }

  void CheckValues(const std::string& section, Kind kind) {
    for (const YAML::Node& node : tests_[section]) {
      const auto text = node["text"].as<std::string>();
      std::vector<std::string> values;
      for (const Entity& entity : Extract(kind, text)) values.push_back(entity.value);
      EXPECT_EQ(values, node["expected"].as<std::vector<std::string>>()) << node["description"] << ": " << text;
      ++cases_;
    }
  }

  void CheckRanges(const std::string& section, Kind kind, const std::string& key) {
    for (const YAML::Node& node : tests_[section]) {
      const auto text = node["text"].as<std::string>();
      std::vector<Found> expected;
      for (const YAML::Node& entity : node["expected"]) {
        expected.push_back({entity[key].as<std::string>(), entity["list_slug"].as<std::string>(""),
                            entity["indices"][0].as<int64_t>(), entity["indices"][1].as<int64_t>()});
      }
      EXPECT_EQ(Extract(kind, text, text::CountCodePoints), expected) << node["description"] << ": " << text;
      EXPECT_EQ(Extract(kind, text, text::CountUtf16Units), expected) << node["description"] << ": " << text;
      ++cases_;
    }
  }

  void TearDown() override { RecordProperty("cases", cases_); }

  YAML::Node tests_;
  int cases_ = 0;
};

TEST_F(ExtractConformance, Mentions) {
  CheckValues("mentions", Kind::kMention);
  CheckRanges("mentions_with_indices", Kind::kMention, "screen_name");
  CheckRanges("mentions_or_lists_with_indices", Kind::kMention, "screen_name");
  EXPECT_EQ(cases_, 23 + 3 + 5);
}

TEST_F(ExtractConformance, Replies) {
  for (const YAML::Node& node : tests_["replies"]) {
    const auto text = node["text"].as<std::string>();
    const auto reply = FindReply(text);
    EXPECT_EQ(reply ? reply->value : "", node["expected"].IsNull() ? "" : node["expected"].as<std::string>()) << text;
    ++cases_;
  }
  EXPECT_EQ(cases_, 13);
}

TEST_F(ExtractConformance, Urls) {
  CheckValues("urls", Kind::kUrl);
  CheckValues("tco_urls_with_params", Kind::kUrl);
  CheckRanges("urls_with_indices", Kind::kUrl, "url");
  CheckRanges("urls_with_directional_markers", Kind::kUrl, "url");
  EXPECT_EQ(cases_, 91 + 5 + 10 + 2);
}

TEST_F(ExtractConformance, Hashtags) {
  CheckValues("hashtags", Kind::kHashtag);
  CheckValues("hashtags_from_astral", Kind::kHashtag);
  CheckRanges("hashtags_with_indices", Kind::kHashtag, "hashtag");
  EXPECT_EQ(cases_, 65 + 3 + 8);
}

TEST_F(ExtractConformance, Cashtags) {
  CheckValues("cashtags", Kind::kCashtag);
  CheckRanges("cashtags_with_indices", Kind::kCashtag, "cashtag");
  EXPECT_EQ(cases_, 8 + 2);
}

TEST_F(ExtractConformance, NoSectionIsLeftOut) {
  std::set<std::string> sections;
  for (const auto& section : tests_) sections.insert(section.first.as<std::string>());
  EXPECT_EQ(sections, (std::set<std::string>{"mentions", "mentions_with_indices", "mentions_or_lists_with_indices", "replies",
                                             "urls", "tco_urls_with_params", "urls_with_indices",
                                             "urls_with_directional_markers", "hashtags", "hashtags_from_astral",
                                             "hashtags_with_indices", "cashtags", "cashtags_with_indices"}));
}

// The list is of 2021, and ours is Debian's: what has gone since is no domain for us. All others are found, in every script.
TEST(TopLevelConformance, EveryDomainThatStillExists) {
  const auto file = support::ConformanceFile("twitter-text/tlds.yml");
  if (!file) GTEST_SKIP() << support::kNoConformanceData;
  const YAML::Node tests = YAML::LoadFile(*file)["tests"];
  int known = 0;
  int all = 0;
  for (const auto& section : tests) {
    for (const YAML::Node& node : section.second) {
      const auto text = node["text"].as<std::string>();
      ++all;
      if (!tld::IsTopLevelDomain(text.substr(text.rfind('.') + 1))) continue;
      ++known;
      std::vector<std::string> values;
      for (const Entity& entity : FindEntities(text)) values.push_back(entity.value);
      EXPECT_EQ(values, node["expected"].as<std::vector<std::string>>()) << text;
    }
  }
  EXPECT_EQ(all, 1574);
  EXPECT_GT(known, 1450);
}

}  // namespace
}  // namespace carillon::twitter_text
