#include "services/sandbox/mastodon/text.h"

#include <gtest/gtest.h>

#include "common/platform/mastodon/length.h"

namespace carillon::sandbox::mastodon {
namespace {

std::string Times(int count, const std::string& text) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

TEST(SandboxTextTest, CountsAsMastodonDoes) {
  const std::pair<std::string, int64_t> cases[] = {
      {"", 0},
      {"abc", 3},
      {"e\xcc\x81", 1},                  // e and a combining accent
      {"👨‍👩‍👧‍👦", 1},  // one family
      {"🇩🇪🇫🇷", 2},                       // two flags
      {"日本語", 3},
      {"a\r\nb", 3},  // CR LF is one cluster
      {"https://example.com/" + Times(100, "x"), 23},
      {"see http://a.example.", 4 + 23 + 1},  // the full stop is no part of it
      {"(https://en.example.org/wiki/A_(b))", 25},
      {"https://localhost/x", 19},  // no domain, no concession
      {"ftp://example.com", 17},
      {"@alice@very.long.example.org hi", 9},
      {"@alice hi", 9},
      {"mail@example.org", 16},  // no mention
      {"#tag", 4},
  };
  for (const auto& [text, count] : cases) EXPECT_EQ(carillon::mastodon::CountedLength(text, "", 23), count) << text;
}

TEST(SandboxTextTest, FindsEntities) {
  const auto found =
      FindEntities("Hi @bob, see https://example.com/a?b=c#d #Straße #123 #100days x#y");
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].value, "bob");
  EXPECT_EQ(found[1].value, "https://example.com/a?b=c#d");
  EXPECT_EQ(found[2].value, "Straße");
  EXPECT_EQ(found[3].value, "100days");
}

TEST(SandboxTextTest, RendersHtml) {
  auto nobody = [](const std::string&) { return std::optional<std::string>(); };
  EXPECT_EQ(RenderHtml("a < b\nc\n\n\nd", "http://s", nobody), "<p>a &lt; b<br />c</p><p>d</p>");
  EXPECT_EQ(RenderHtml("@bob \"x\"", "http://s", nobody), "<p>@bob &quot;x&quot;</p>");
  EXPECT_EQ(RenderHtml("@bob@far.example", "http://s",
                       [](const std::string& name) { return std::optional("http://u/" + name); }),
            "<p><span class=\"h-card\" translate=\"no\"><a href=\"http://u/bob@far.example\" "
            "class=\"u-url mention\">@<span>bob"
            "</span></a></span></p>");
  EXPECT_EQ(RenderHtml("", "http://s", nobody), "");
}

}  // namespace
}  // namespace carillon::sandbox::mastodon
