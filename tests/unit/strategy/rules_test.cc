#include "services/strategy/domain/rules.h"

#include <gtest/gtest.h>

namespace carillon::strategy {
namespace {

TEST(Rules, Names) {
  const struct {
    std::string name;
    bool good;
  } kCases[] = {
      {"Lumen Skin", true}, {"ルーメン", true}, {std::string(100, 'x'), true},  {"", false},
      {" Lumen", false},    {"Lumen ", false},  {std::string(101, 'x'), false}, {"Lu\nmen", false},
      {"Lu\x7fmen", false},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(ReasonOf(CheckName(c.name)), c.good ? "" : "BAD_NAME") << c.name;
  }
  std::string hundred;
  for (int i = 0; i < kNameSizeMax; ++i) hundred += "é";
  EXPECT_TRUE(CheckName(hundred).ok()) << "characters count, not bytes";
}

TEST(Rules, Dates) {
  const struct {
    std::string date;
    bool good;
  } kCases[] = {
      {"2026-11-23", true},  {"2028-02-29", true},  {"2026-02-29", false},  {"2026-06-31", false},
      {"2026-13-01", false}, {"2026-00-10", false}, {"2026-11-00", false},  {"26-11-23", false},
      {"2026/11/23", false}, {"2026-1-230", false}, {"1999-12-31", false},  {"2200-01-01", false},
      {"", false},           {"2026-11-2x", false}, {"2026-11-23 ", false},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(ReasonOf(CheckDate("by_date", c.date)), c.good ? "" : "BAD_DATE") << c.date;
  }
  EXPECT_TRUE(CheckDates("2026-11-23", "2026-11-23").ok());
  EXPECT_EQ(ReasonOf(CheckDates("2026-11-24", "2026-11-23")), "BAD_DATE");
}

TEST(Rules, Money) {
  const struct {
    std::string currency;
    int64_t micros;
    bool good;
  } kCases[] = {
      {"EUR", 1'200'000'000, true},
      {"JPY", 0, true},
      {"EUR", -1, false},
      {"eur", 1, false},
      {"EURO", 1, false},
      {"", 1, false},
      {"EUR", kMoneyMicrosMax, true},
      {"EUR", kMoneyMicrosMax + 1, false},
  };
  for (const auto& c : kCases) {
    common::v1::Money money;
    money.set_currency(c.currency);
    money.set_micros(c.micros);
    EXPECT_EQ(ReasonOf(CheckMoney(money)), c.good ? "" : "BAD_MONEY") << c.currency << c.micros;
  }
}

TEST(Rules, TargetsAndMetrics) {
  EXPECT_TRUE(CheckTarget(1).ok());
  EXPECT_TRUE(CheckTarget(kTargetMax).ok());
  for (int64_t target : {int64_t{0}, int64_t{-5}, kTargetMax + 1}) {
    EXPECT_EQ(ReasonOf(CheckTarget(target)), "BAD_TARGET") << target;
  }
  EXPECT_TRUE(CheckMetric(v1::METRIC_ENGAGEMENTS).ok());
  EXPECT_EQ(ReasonOf(CheckMetric(v1::METRIC_UNSPECIFIED)), "BAD_METRIC");
  EXPECT_EQ(ReasonOf(CheckMetric(static_cast<v1::Metric>(999))), "BAD_METRIC");
}

Texts List(std::initializer_list<const char*> texts) {
  Texts list;
  for (const char* text : texts) list.Add(text);
  return list;
}

TEST(Rules, Audiences) {
  EXPECT_TRUE(
      CheckAudience(List({"en", "pt-BR", "zh-Hant-TW"}), List({"BR", "PT"}), List({"skin care"}))
          .ok());
  EXPECT_TRUE(CheckAudience({}, {}, {}).ok());
  const struct {
    Texts languages, countries, interests;
    const char* field;
  } kCases[] = {
      {List({"e"}), {}, {}, "languages"},        {List({"en_US"}), {}, {}, "languages"},
      {List({"en-"}), {}, {}, "languages"},      {List({"12"}), {}, {}, "languages"},
      {List({"en", "en"}), {}, {}, "languages"}, {{}, List({"br"}), {}, "countries"},
      {{}, List({"BRA"}), {}, "countries"},      {{}, {}, List({""}), "interests"},
      {{}, {}, List({"a\nb"}), "interests"},
  };
  for (const auto& c : kCases) {
    const Status status = CheckAudience(c.languages, c.countries, c.interests);
    EXPECT_EQ(ReasonOf(status), "BAD_AUDIENCE");
    EXPECT_EQ(GetErrorInfo(status)->params["field"], c.field) << ToString(status);
  }
  Texts many;
  for (int i = 0; i <= kListSizeMax; ++i) many.Add("interest " + std::to_string(i));
  EXPECT_EQ(ReasonOf(CheckAudience({}, {}, many)), "BAD_AUDIENCE");
  EXPECT_EQ(ReasonOf(CheckDescription(std::string(2'001, 'x'))), "BAD_AUDIENCE");
  EXPECT_TRUE(CheckDescription("two\nlines").ok());
}

}  // namespace
}  // namespace carillon::strategy
