#include "common/text/urls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace carillon::text {
namespace {

std::vector<std::string> Urls(std::string_view text) {
  std::vector<std::string> out;
  for (const TextRange& range : FindUrls(text)) {
    out.emplace_back(text.substr(range.begin, range.end - range.begin));
  }
  return out;
}

TEST(FindUrls, Table) {
  struct Case {
    std::string_view text;
    std::vector<std::string> urls;
  };
  const Case cases[] = {
      {"no url here", {}},
      {"https://example.com", {"https://example.com"}},
      {"see http://example.com/a.", {"http://example.com/a"}},
      {"see https://example.com.", {"https://example.com"}},
      {"(https://example.com/a)", {"https://example.com/a"}},
      {"HTTPS://Example.COM/A?b=c#d", {"HTTPS://Example.COM/A?b=c#d"}},
      {"https://example.com:8443/x, then", {"https://example.com:8443/x"}},
      {"https://example.com?q=1&r=ü!", {"https://example.com?q=1&r=ü"}},
      {"https://en.example.org/wiki/Foo_(bar)", {"https://en.example.org/wiki/Foo_(bar)"}},
      {"https://en.example.org/a_(b_(c))d)", {"https://en.example.org/a_(b_(c))d"}},
      {"https://example.com/#top https://example.org/", {"https://example.com/#top", "https://example.org/"}},
      {"https://пример.рф/путь", {"https://пример.рф/путь"}},
      {"https://example.xn--p1ai/x", {"https://example.xn--p1ai/x"}},
      {"見てhttps://example.comです", {"https://example.com"}},
      {"https://example.com/路", {"https://example.com/路"}},
      {"xhttps://example.com", {}},
      {"#https://example.com", {}},
      {"@https://example.com", {}},
      {"ftp://example.com", {}},
      {"https://localhost:3000/x", {}},
      {"http://127.0.0.1/x", {}},
      {"https://example", {}},
      {"https://", {}},
      {"example.com/x", {}},
      {"https://a_b.example.com/", {"https://a_b.example.com/"}},
      {"https://example.com/a\"b", {"https://example.com/a\"b"}},
      {"<https://example.com/a>", {"https://example.com/a"}},
      {"https://example.com/?", {"https://example.com/"}},
      {"https://example.com/a?x=1...", {"https://example.com/a?x=1"}},
  };
  for (const Case& c : cases) EXPECT_EQ(Urls(c.text), c.urls) << c.text;
}

TEST(FindUrls, BrokenTextHasNone) { EXPECT_THAT(Urls("https://example.com \xff"), testing::IsEmpty()); }

TEST(FindUrls, HostileTextEndsSoon) {
  std::string text = "https://example.com/";
  for (int i = 0; i < 200000; ++i) text += "((";
  EXPECT_EQ(Urls(text).size(), 1u);
  std::string many;
  for (int i = 0; i < 50000; ++i) many += "http://a.";
  EXPECT_LE(Urls(many).size(), 50000u);
}

}  // namespace
}  // namespace carillon::text
