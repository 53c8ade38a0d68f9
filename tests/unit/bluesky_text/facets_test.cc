#include "common/bluesky_text/facets.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/random_text.h"

namespace carillon::bluesky_text {
namespace {

struct Case {
  std::string text;
  std::vector<Facet> facets;
};

Facet Link(size_t begin, size_t end, std::string value) { return {Facet::Kind::kLink, {begin, end}, std::move(value)}; }
Facet Mention(size_t begin, size_t end, std::string value) { return {Facet::Kind::kMention, {begin, end}, std::move(value)}; }
Facet Tag(size_t begin, size_t end, std::string value) { return {Facet::Kind::kTag, {begin, end}, std::move(value)}; }

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(FindFacets(c.text), c.facets) << c.text;
}

TEST(Facets, Mentions) {
  Check({
      {"", {}},
      {"@ana.com and more", {Mention(0, 8, "ana.com")}},
      {"hi @ana.com", {Mention(3, 11, "ana.com")}},
      {"@ana.com @bob.org\n@ana.com", {Mention(0, 8, "ana.com"), Mention(9, 17, "bob.org"), Mention(18, 26, "ana.com")}},
      {"@long4-name.test", {Mention(0, 16, "long4-name.test")}},
      {"@Ana.COM", {Mention(0, 8, "ana.com")}},
      {"ana@bob.com @ana @ana.nodomain @-a.com @a..com @ü.com", {}},
      {"@ana.com!@#$x", {Mention(0, 8, "ana.com")}},
      {"@ana.com. (@bob.org) \"@bob.org\"", {Mention(0, 8, "ana.com"), Mention(11, 19, "bob.org"), Mention(22, 30, "bob.org")}},
      {"👨‍👩‍👧 @ana.com 👨‍👩‍👧", {Mention(19, 27, "ana.com")}},
      {"@ana.com \xFF", {}},
  });
}

TEST(Facets, LinksWithScheme) {
  Check({
      {"see https://a.com now", {Link(4, 17, "https://a.com")}},
      {"https://a.com/b?c=d#e!", {Link(0, 21, "https://a.com/b?c=d#e")}},
      {"https://a.com, http://b.com/c; https://d.com.",
       {Link(0, 13, "https://a.com"), Link(15, 29, "http://b.com/c"), Link(31, 44, "https://d.com")}},
      {"(https://a.com) <https://b.com> “https://c.com”",
       {Link(1, 14, "https://a.com"), Link(17, 30, "https://b.com"), Link(35, 48, "https://c.com")}},
      {"https://a.com/b_(c) https://a.com/b)))", {Link(0, 19, "https://a.com/b_(c)"), Link(20, 35, "https://a.com/b")}},
      {"[a](https://b.com)", {Link(4, 17, "https://b.com")}},
      {"HTTPS://A.com/B", {Link(0, 15, "https://A.com/B")}},
      {"https://münchen.de/ü", {Link(0, 22, "https://münchen.de/ü")}},
      {"http://localhost:3000/x", {Link(0, 23, "http://localhost:3000/x")}},
      {"https:// https://. https://?a xhttps://a.com ftp://a.com", {}},
      {"https://a.com/@ana.com#b", {Link(0, 24, "https://a.com/@ana.com#b")}},
  });
}

TEST(Facets, LinksWithoutScheme) {
  Check({
      {"see a.com/b?c#d now", {Link(4, 15, "https://a.com/b?c#d")}},
      {"a.com\nb.org", {Link(0, 5, "https://a.com"), Link(6, 11, "https://b.org")}},
      {"index: a.com/index.php here", {Link(7, 22, "https://a.com/index.php")}},
      {"bsky.app: look", {Link(0, 8, "https://bsky.app")}},
      {"my-site.co.za:8080/x.", {Link(0, 20, "https://my-site.co.za:8080/x")}},
      {"FOO.COM 9to5mac.com", {Link(0, 7, "https://FOO.COM"), Link(8, 19, "https://9to5mac.com")}},
      {"a.com's a.com,b.com (c.com)", {Link(0, 5, "https://a.com"), Link(8, 13, "https://a.com"), Link(21, 26, "https://c.com")}},
      {"a.com/b_(c).", {Link(0, 11, "https://a.com/b_(c)")}},
      {"not.. a..com ..here e.g. e.g./foo cool.jpg a.com.jpg a.com.jpg/foo 1.2.3.4", {}},
      {"mail a@b.com a.b@c.com a.com@b a.com_b a.comé -a.com", {}},
  });
}

TEST(Facets, Tags) {
  const std::string longest(64, 'a');
  Check({
      {"#a", {Tag(0, 2, "a")}},
      {"x #a #b_c y", {Tag(2, 4, "a"), Tag(5, 9, "b_c")}},
      {"#1 #12.5 # #? ## #_ #1? a#b (#b)", {}},
      {"#1a #a1 #-a", {Tag(0, 3, "1a"), Tag(4, 7, "a1"), Tag(8, 11, "-a")}},
      {"#one, #two. #three!!! #four___...", {Tag(0, 4, "one"), Tag(6, 10, "two"), Tag(12, 18, "three"), Tag(22, 27, "four")}},
      {"#two#tags ##double", {Tag(0, 9, "two#tags"), Tag(10, 18, "#double")}},
      {"＃wide", {Tag(0, 7, "wide")}},
      {"#日本。", {Tag(0, 7, "日本")}},
      {"#🦋 #a🦋b", {Tag(0, 5, "🦋"), Tag(6, 13, "a🦋b")}},
      {"#\uFE0Fa ##\uFE0F\u20E3a", {Tag(6, 15, "#\uFE0F\u20E3a")}},  // the sign as an emoji
      {"#a\u200Bb #\u200Bb", {Tag(0, 2, "a")}},
      {"#" + longest, {Tag(0, 65, longest)}},
      {"#" + longest + "a", {}},
      {"#" + support::Repeated("e\u0301", 192), {Tag(0, 193, support::Repeated("e\u0301", 192))}},  // 64 graphemes
      {"#a.com #b@c.com", {Tag(0, 6, "a.com"), Tag(7, 15, "b@c.com")}},
  });
}

}  // namespace
}  // namespace carillon::bluesky_text
