// Judged by the protocol's own lists: atproto-syntax/ of $CARILLON_CONFORMANCE_DATA.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "common/atproto_syntax/at_uri.h"
#include "common/atproto_syntax/datetime.h"
#include "common/atproto_syntax/identifiers.h"
#include "common/atproto_syntax/language.h"
#include "common/atproto_syntax/tid.h"
#include "tests/support/conformance_data.h"

namespace carillon::atproto_syntax {
namespace {

struct List {
  std::string file;
  bool valid;
  size_t lines;
  std::function<bool(const std::string&)> check;
};

bool IsDatetime(const std::string& text) { return ParseDatetime(text).has_value(); }
bool IsTid(const std::string& text) { return ParseTid(text).has_value(); }
bool IsAtUri(const std::string& text) { return ParseAtUri(text).has_value(); }

std::vector<List> Lists() {
  return {
      {"did_syntax_valid.txt", true, 24, IsDid},
      {"did_syntax_invalid.txt", false, 18, IsDid},
      {"handle_syntax_valid.txt", true, 71, IsHandle},
      {"handle_syntax_invalid.txt", false, 48, IsHandle},
      {"atidentifier_syntax_valid.txt", true, 11, IsAtIdentifier},
      {"atidentifier_syntax_invalid.txt", false, 22, IsAtIdentifier},
      {"nsid_syntax_valid.txt", true, 25, IsNsid},
      {"nsid_syntax_invalid.txt", false, 27, IsNsid},
      {"recordkey_syntax_valid.txt", true, 16, IsRecordKey},
      {"recordkey_syntax_invalid.txt", false, 12, IsRecordKey},
      {"tid_syntax_valid.txt", true, 6, IsTid},
      {"tid_syntax_invalid.txt", false, 7, IsTid},
      {"aturi_syntax_valid.txt", true, 23, IsAtUri},
      {"aturi_syntax_invalid.txt", false, 73, IsAtUri},
      {"datetime_syntax_valid.txt", true, 33, IsDatetime},
      {"datetime_syntax_invalid.txt", false, 46, IsDatetime},
      {"datetime_parse_invalid.txt", false, 6, IsDatetime},
      {"language_syntax_valid.txt", true, 18, IsLanguage},
      {"language_syntax_invalid.txt", false, 6, IsLanguage},
      {"language_parse_invalid.txt", false, 6, IsLanguage},
  };
}

// Without comments, which are "#" and a space: "#extra" is one of the strings.
std::vector<std::string> Strings(const std::string& path) {
  std::vector<std::string> out;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && !line.starts_with("# ")) out.push_back(line);
  }
  return out;
}

TEST(AtprotoSyntax, EveryList) {
  for (const List& list : Lists()) {
    const auto file = support::ConformanceFile("atproto-syntax/" + list.file);
    if (!file) GTEST_SKIP() << support::kNoConformanceData;
    const std::vector<std::string> strings = Strings(*file);
    EXPECT_EQ(strings.size(), list.lines) << list.file;
    for (const std::string& text : strings) EXPECT_EQ(list.check(text), list.valid) << list.file << ": '" << text << "'";
  }
}

TEST(AtprotoSyntax, NoListIsLeftOut) {
  const auto folder = support::ConformanceFile("atproto-syntax");
  if (!folder) GTEST_SKIP() << support::kNoConformanceData;
  std::set<std::string> there;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) there.insert(entry.path().filename().string());
  std::set<std::string> judged;
  for (const List& list : Lists()) judged.insert(list.file);
  EXPECT_EQ(there, judged);
}

// What is valid is taken apart without loss.
TEST(AtprotoSyntax, ValidOnesComeBack) {
  const auto uris = support::ConformanceFile("atproto-syntax/aturi_syntax_valid.txt");
  const auto tids = support::ConformanceFile("atproto-syntax/tid_syntax_valid.txt");
  if (!uris || !tids) GTEST_SKIP() << support::kNoConformanceData;
  for (const std::string& text : Strings(*uris)) EXPECT_EQ(FormatAtUri(*ParseAtUri(text)), text);
  for (const std::string& text : Strings(*tids)) EXPECT_EQ(FormatTid(*ParseTid(text)), text);
}

}  // namespace
}  // namespace carillon::atproto_syntax
