// Twice the text takes at most twice the steps, whatever the text, and so a bounded number for each byte; also of a megabyte.
#include <gtest/gtest.h>

#include <string>

#include "common/twitter_text/mentions.h"
#include "common/twitter_text/tags.h"
#include "common/twitter_text/urls.h"
#include "common/twitter_text/weighted_length.h"
#include "tests/support/random_text.h"

namespace carillon::twitter_text {
namespace {

constexpr size_t kBytes = 8 << 10;
constexpr size_t kMegabyte = 1 << 20;
constexpr size_t kStepsPerByteMax = 40;
constexpr double kGrowthMax = 2.1;

const char* const kHostile[] = {
    "a",           ".",           "a.",           "a_b.com.",      "a_b.c",         "-a.",         "日.",          "日本",
    "日_.com",     "http://",     "http://a.",    "http://a_b.com.", "a.com.x.",    "a.com/(",     "a.com/(a",     "a.com/((",
    "a.com/(a(b)", "a.com/?",     "a.com/?!",     "a.com/!!",      "t.co/a",        "http://t.co/a", "http://t.co/a_", "@a",
    "@a/",         "@a@",         "RT@",          "#a",            "##",            "#_",          "$a",           "$a.",
    " $a",         "$ABCDEF.",    "xn--",         "a.xn--",        "a.xn--a-",      "\u0315\u0316", "e\u0301",     "👨‍",
    "👨‍👩‍👧‍",       "🇩",           "1\uFE0F",      "000",           "\u200D",        "\u1161",      "é.com",        "x.みんな",
    "a.みんなみ",  "あ。",        "a.comあ",      "a.comあ.",      "httphttp",      "http:/",      "https://https", "\u0F73\u0334"};

using Scan = void (*)(std::string_view, uint64_t*);

uint64_t Steps(Scan scan, std::string_view text) {
  uint64_t steps = 0;
  scan(text, &steps);
  return steps;
}

void ExpectLinear(Scan scan) {
  for (const char* unit : kHostile) {
    for (const std::string_view start : {"", "http://a.com/(", "a_b.", "@"}) {
      const std::string text = std::string(start) + support::Repeated(unit, kBytes);
      const std::string twice = std::string(start) + support::Repeated(unit, 2 * kBytes);
      const uint64_t steps = Steps(scan, text);
      EXPECT_GE(steps, 1000u) << "nothing was counted";
      EXPECT_LE(steps, kStepsPerByteMax * text.size()) << start << unit;
      EXPECT_LE(static_cast<double>(Steps(scan, twice)), kGrowthMax * static_cast<double>(steps)) << start << unit;
    }
  }
}

TEST(Linear, Urls) {
  ExpectLinear([](std::string_view text, uint64_t* steps) { FindUrls(text, steps); });
}
TEST(Linear, Mentions) {
  ExpectLinear([](std::string_view text, uint64_t* steps) { FindMentions(text, steps); });
}
TEST(Linear, Hashtags) {
  ExpectLinear([](std::string_view text, uint64_t* steps) { FindHashtags(text, steps); });
}
TEST(Linear, Cashtags) {
  ExpectLinear([](std::string_view text, uint64_t* steps) { FindCashtags(text, steps); });
}

TEST(Linear, WeightedLength) {
  ExpectLinear([](std::string_view text, uint64_t* steps) { MeasureWeighted(text, {}, steps); });
}

TEST(Linear, AMegabyteIsMeasured) {
  for (const char* unit : {"http://a.", "a_b.com.", "日.", "\u0315\u0316", "a.com/(a(b)", "👨‍"}) {
    const std::string text = support::Repeated(unit, kMegabyte);
    uint64_t steps = 0;
    EXPECT_FALSE(MeasureWeighted(text, {}, &steps).valid) << unit;
    EXPECT_LE(steps, kStepsPerByteMax * text.size()) << unit;
  }
}

}  // namespace
}  // namespace carillon::twitter_text
