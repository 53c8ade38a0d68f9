#include "common/text/html_text.h"

#include <gtest/gtest.h>

#include <string>

namespace carillon::text {
namespace {

TEST(HtmlToText, Table) {
  struct Case {
    std::string_view html;
    std::string_view text;
  };
  const Case cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"<p>one</p>", "one"},
      {"<p>one</p><p>two</p>", "one\n\ntwo"},
      {"<p>one</p>\n  <p>two</p>\n", "one\n\ntwo"},
      {"<p>one<br>two<br/>three<br />four</p>", "one\ntwo\nthree\nfour"},
      {"<p>a &lt;b&gt; &amp;amp; &quot;c&quot; &#39;d&#39; &#x1F600;</p>", "a <b> &amp; \"c\" 'd' 😀"},
      {"AT&T &unknown; &#xD800; 1 < 2", "AT&T &unknown; \uFFFD 1 < 2"},
      // As Mastodon writes a link that is too long to show.
      {"<p>see <a href=\"https://example.com/a/very/long/path?x=1&amp;y=2\" target=\"_blank\" "
       "rel=\"nofollow noopener\"><span class=\"invisible\">https://</span>"
       "<span class=\"ellipsis\">example.com/a/very/long/path?x</span>"
       "<span class=\"invisible\">=1&amp;y=2</span></a> now</p>",
       "see https://example.com/a/very/long/path?x=1&y=2 now"},
      {"<a href=\"https://example.com/\">https://example.com/</a>", "https://example.com/"},
      {"<a href='https://example.com/'>a named link</a>", "a named link"},
      {"<p><span class=\"h-card\" translate=\"no\"><a href=\"https://example.social/@ana\" "
       "class=\"u-url mention\">@<span>ana</span></a></span> hello</p>",
       "@ana hello"},
      {"<a href=\"https://example.social/tags/x\" class=\"mention hashtag\" rel=\"tag\">#<span>x</span></a>",
       "#x"},
      {"<ul><li>one</li><li>two</li></ul>after", "one\ntwo\n\nafter"},
      {"a<script>alert('<p>')</script>b<!-- c -->d", "abd"},
      {"<p title=\"a > b\">x</p>", "x"},
      {"unclosed <a href=\"x", "unclosed <a href=\"x"},
      {"<b><i>bold</b></i>", "bold"},
      {"line\nend", "line end"},
  };
  for (const Case& c : cases) EXPECT_EQ(HtmlToText(c.html), c.text) << c.html;
}

TEST(HtmlToText, HostileHtmlEndsSoon) {
  std::string html;
  for (int i = 0; i < 300000; ++i) html += "<a '";
  EXPECT_FALSE(HtmlToText(html).empty());
}

}  // namespace
}  // namespace carillon::text
