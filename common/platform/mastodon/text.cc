#include "common/platform/mastodon/text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "common/platform/mastodon/length.h"
#include "common/text/urls.h"
#include "common/text/utf8.h"

namespace carillon::mastodon {

std::string StatusText(const platform::PublishContent& content) {
  if (content.link.empty()) return content.text;
  for (const text::TextRange& url : text::FindUrls(content.text)) {
    if (std::string_view(content.text).substr(url.begin, url.end - url.begin) == content.link) {
      return content.text;
    }
  }
  return content.text.empty() ? content.link : content.text + "\n\n" + content.link;
}

std::string WithoutQuoteLink(std::string_view html) {
  std::string out;
  while (true) {
    const size_t named = html.find("quote-inline");
    const size_t begin = named == std::string_view::npos ? named : html.rfind('<', named);
    const size_t tag_end = begin == std::string_view::npos ? begin : html.find('>', begin);
    // Written in the text itself, or a tag that nobody ends.
    if (tag_end == std::string_view::npos || tag_end < named) break;
    const std::string_view name = html.substr(begin + 1, html.find_first_of(" \t\n>", begin) - begin - 1);
    const std::string closing = "</" + std::string(name) + ">";
    const size_t end = html.find(closing, tag_end);
    if (name.empty() || end == std::string_view::npos) break;
    out += html.substr(0, begin);
    html.remove_prefix(end + closing.size());
  }
  return out += html;
}

std::string ComparableText(std::string_view text) {
  return text::CollapseSpace(text::NormalizeNfc(carillon::mastodon::ShortenMentions(text)));
}

std::string LooseText(std::string_view text) {
  const std::string comparable = ComparableText(text);
  const auto* bytes = reinterpret_cast<const uint8_t*>(comparable.data());
  const auto size = static_cast<int64_t>(comparable.size());
  std::string out;
  for (int64_t i = 0; i < size;) {
    const int64_t begin = i;
    UChar32 c;
    U8_NEXT(bytes, i, size, c);
    const bool kept = c >= 0x80 ? !u_isUWhiteSpace(c) && !u_ispunct(c) : u_isalnum(c) != 0;
    if (kept) out.append(comparable, begin, i - begin);
  }
  return out;
}

}  // namespace carillon::mastodon
