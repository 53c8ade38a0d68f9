// Judged by the Unicode Consortium's own table, as Debian's unicode-data installs it.
#include <gtest/gtest.h>
#include <unicode/utf8.h>

#include <fstream>
#include <sstream>
#include <string>

#include "common/text/utf8.h"

namespace carillon::text {
namespace {

constexpr char kTable[] = "/usr/share/unicode/auxiliary/GraphemeBreakTest.txt";

void AppendHex(const std::string& hex, std::string& out) {
  const auto c = static_cast<uint32_t>(std::stoul(hex, nullptr, 16));
  uint8_t bytes[U8_MAX_LENGTH];
  int32_t size = 0;
  U8_APPEND_UNSAFE(bytes, size, c);
  out.append(reinterpret_cast<const char*>(bytes), size);
}

TEST(GraphemeTable, EveryLine) {
  std::ifstream table(kTable);
  if (!table) GTEST_SKIP() << "no " << kTable << ": install the package unicode-data";
  int lines = 0;
  int declared = 0;  // "# Lines: 602", at the end
  for (std::string line; std::getline(table, line);) {
    if (line.starts_with("# Lines: ")) declared = std::stoi(line.substr(line.find(':') + 1));
    std::istringstream words(line.substr(0, line.find('#')));
    std::string text;
    int64_t breaks = 0;
    for (std::string word; words >> word;) {
      if (word == "÷") {
        ++breaks;
      } else if (word != "×") {
        AppendHex(word, text);
      }
    }
    if (text.empty()) continue;
    ++lines;
    // Both ends of the text are marked as breaks, so there is one cluster less.
    EXPECT_EQ(CountGraphemes(text), breaks - 1) << line;
  }
  EXPECT_EQ(lines, declared) << "the table was not read whole";
  EXPECT_GT(lines, 500);
}

}  // namespace
}  // namespace carillon::text
