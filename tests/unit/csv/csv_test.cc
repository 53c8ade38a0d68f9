#include "common/csv/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace carillon::csv {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Parsed {
  std::vector<std::vector<std::string>> rows;
  std::vector<int> lines;
  Status status;
};

Parsed Parse(const std::string& text, size_t chunk = 1'000'000, Limits limits = {}) {
  Parsed out;
  Reader reader(
      [&](Row row) {
        out.lines.push_back(row.line);
        out.rows.push_back(std::move(row.fields));
        return Ok();
      },
      limits);
  for (size_t i = 0; i < text.size() && out.status.ok(); i += chunk) {
    out.status = reader.Feed(std::string_view(text).substr(i, chunk));
  }
  if (out.status.ok()) out.status = reader.End();
  return out;
}

TEST(CsvReaderTest, ReadsPlainAndQuotedFields) {
  const Parsed parsed = Parse("a,b,c\r\n1,\"two, and \"\"more\"\"\",\r\n");
  ASSERT_TRUE(parsed.status.ok());
  EXPECT_THAT(parsed.rows,
              ElementsAre(ElementsAre("a", "b", "c"), ElementsAre("1", "two, and \"more\"", "")));
  EXPECT_THAT(parsed.lines, ElementsAre(1, 2));
}

TEST(CsvReaderTest, TakesAllLineEndsAndALastRowWithoutOne) {
  EXPECT_THAT(Parse("a\nb\r\nc\rd").rows,
              ElementsAre(ElementsAre("a"), ElementsAre("b"), ElementsAre("c"), ElementsAre("d")));
  EXPECT_THAT(Parse("a\nb\r\nc\rd").lines, ElementsAre(1, 2, 3, 4));
}

TEST(CsvReaderTest, LineEndsInsideQuotesStayAndCountAsLines) {
  const Parsed parsed = Parse("x,\"one\r\ntwo\nthree\"\r\ny,z\r\n");
  EXPECT_THAT(parsed.rows, ElementsAre(ElementsAre("x", "one\r\ntwo\nthree"), ElementsAre("y", "z")));
  EXPECT_THAT(parsed.lines, ElementsAre(1, 4));
}

TEST(CsvReaderTest, SkipsEmptyLinesAndAByteOrderMark) {
  const Parsed parsed = Parse("\xEF\xBB\xBF\"a\",b\n\n\nc,d\n");
  EXPECT_THAT(parsed.rows, ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d")));
  EXPECT_THAT(parsed.lines, ElementsAre(1, 4));
}

TEST(CsvReaderTest, AnEmptyFileHasNoRows) {
  EXPECT_TRUE(Parse("").status.ok());
  EXPECT_TRUE(Parse("").rows.empty());
  EXPECT_TRUE(Parse("\xEF\xBB\xBF").rows.empty());
}

TEST(CsvReaderTest, ChunksMakeNoDifference) {
  const std::string text = "\xEF\xBB\xBFid,\"te\"\"xt\"\r\n1,\"a\r\nb\"\r\n\"2\",\xE6\x97\xA5\r\n";
  const Parsed whole = Parse(text);
  for (size_t chunk = 1; chunk < 8; ++chunk) {
    const Parsed parts = Parse(text, chunk);
    EXPECT_EQ(parts.rows, whole.rows) << chunk;
    EXPECT_EQ(parts.lines, whole.lines) << chunk;
  }
}

struct BadCase {
  const char* text;
  const char* line;
  const char* column;
  const char* what;
};

class CsvBadTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(CsvBadTest, NamesLineAndColumn) {
  const BadCase& c = GetParam();
  const Parsed parsed = Parse(c.text);
  const auto info = GetErrorInfo(parsed.status);
  ASSERT_TRUE(info.has_value()) << c.text;
  EXPECT_EQ(info->reason, "BAD_CSV");
  EXPECT_EQ(info->params.at("line"), c.line);
  EXPECT_EQ(info->params.at("column"), c.column);
  EXPECT_THAT(Message(parsed.status), HasSubstr(c.what));
}

INSTANTIATE_TEST_SUITE_P(
    Table, CsvBadTest,
    ::testing::Values(BadCase{"a,b\n1,\"open\nmore\n", "2", "2", "never closed"},
                      BadCase{"a,b\n1,say \"hi\"\n", "2", "2", "stands inside"},
                      BadCase{"a\n\"x\"y\n", "2", "1", "follows a closing quote"},
                      BadCase{"\"", "1", "1", "never closed"}));

TEST(CsvReaderTest, LimitsAreNamed) {
  const Parsed long_row = Parse("a\n" + std::string(200, 'x') + "\n", 7, {.row_bytes_max = 100});
  EXPECT_EQ(GetErrorInfo(long_row.status)->params.at("line"), "2");
  const Parsed long_quoted = Parse("\"" + std::string(200, '\n'), 7, {.row_bytes_max = 100});
  EXPECT_EQ(GetErrorInfo(long_quoted.status)->params.at("line"), "1");
  EXPECT_EQ(ReasonOf(Parse(std::string(200, ','), 7).status), "BAD_CSV");
}

TEST(CsvReaderTest, EndsWithTheCallbacksError) {
  int rows = 0;
  Reader reader([&](Row) {
    return ++rows == 2 ? Refuse(Code::kInvalidArgument, "ENOUGH", "two rows are enough") : Ok();
  });
  EXPECT_EQ(ReasonOf(reader.Feed("a\nb\nc\nd\n")), "ENOUGH");
  EXPECT_EQ(ReasonOf(reader.Feed("e\n")), "ENOUGH");
  EXPECT_EQ(rows, 2);
}

TEST(CsvWriterTest, WhatItWritesReadsBackTheSame) {
  std::mt19937 random(7);
  const std::string alphabet = "ab,\"\r\n ;'=\xC3\xA9";
  std::vector<std::vector<std::string>> rows;
  std::string text;
  for (int i = 0; i < 500; ++i) {
    std::vector<std::string> row(1 + random() % 5);
    for (std::string& field : row) {
      for (size_t n = random() % 8; n > 0; --n) field += alphabet[random() % alphabet.size()];
    }
    AppendRow(row, &text);
    rows.push_back(row);
  }
  const Parsed parsed = Parse(text, 13);
  ASSERT_TRUE(parsed.status.ok()) << Message(parsed.status);
  EXPECT_EQ(parsed.rows, rows);
}

}  // namespace
}  // namespace carillon::csv
