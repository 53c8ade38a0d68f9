// Judged by the Unicode Consortium's own list, as Debian's unicode-data installs it.
#include "common/twitter_text/emoji.h"

#include <gtest/gtest.h>
#include <unicode/utf8.h>

#include <fstream>
#include <sstream>
#include <string>

#include "common/twitter_text/weighted_length.h"

namespace carillon::twitter_text {
namespace {

constexpr char kList[] = "/usr/share/unicode/emoji/emoji-test.txt";

std::string FromHex(const std::string& words) {
  std::istringstream in(words);
  std::string out;
  for (std::string hex; in >> hex;) {
    uint8_t bytes[U8_MAX_LENGTH];
    int32_t size = 0;
    U8_APPEND_UNSAFE(bytes, size, static_cast<uint32_t>(std::stoul(hex, nullptr, 16)));
    out.append(reinterpret_cast<const char*>(bytes), size);
  }
  return out;
}

TEST(Emoji, EachOfUnicodesCountsTwo) {
  std::ifstream list(kList);
  if (!list) GTEST_SKIP() << "no " << kList << ": install the package unicode-data";
  int emoji = 0;
  int declared = 0;
  for (std::string line; std::getline(list, line);) {
    std::istringstream in(line);
    if (line.starts_with("# fully-qualified : ")) declared = std::stoi(line.substr(line.find(':') + 1));
    if (line.starts_with('#') || line.find("; fully-qualified") == std::string::npos) continue;
    const std::string text = FromHex(line.substr(0, line.find(';')));
    ++emoji;
    EXPECT_EQ(EmojiEnd(text::CodePoints(text), 0), text.size()) << line;
    EXPECT_EQ(MeasureWeighted(text).length, 2) << line;
    EXPECT_EQ(MeasureWeighted(text + text + "x").length, 5) << line;
  }
  EXPECT_EQ(emoji, declared) << "the list was not read whole";
  EXPECT_GT(emoji, 3000);
}

TEST(Emoji, Table) {
  struct Case {
    std::string_view text;
    int64_t length;
  };
  const Case cases[] = {
      {"©", 1},
      {"©\uFE0F", 2},
      {"™", 2},
      {"1", 1},
      {"1\u20E3", 2},
      {"1\uFE0F\u20E3", 2},
      {"1\uFE0F", 3},        // no emoji: the digit, and the style alone
      {"✌\uFE0E", 4},        // text style
      {"🐱🏽", 4},            // no cat has a skin tone
      {"🇩🇪🇫🇷", 4},
      {"🇦🇦", 4},            // no such flag
      {"👨\u200D🐱", 5},      // no such couple: both, and the joiner
      {"👩\u200D❤\u200D👨", 8},  // without the emoji style of the heart
  };
  for (const Case& c : cases) EXPECT_EQ(MeasureWeighted(c.text).length, c.length) << c.text;
}

}  // namespace
}  // namespace carillon::twitter_text
