#include "services/listener/api/text_length.h"

#include <string>

#include "common/text/urls.h"
#include "common/text/utf8.h"

namespace carillon::listener {
namespace {

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

size_t NameEnd(std::string_view text, size_t at) {
  while (at < text.size() && IsNameByte(text[at])) ++at;
  return at;
}

// "@user@host:port" as "@user".
std::string ShortenMentions(std::string_view text) {
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    const size_t user = text[at] == '@' ? NameEnd(text, at + 1) : at;
    if (user <= at + 1) {
      out += text[at++];
      continue;
    }
    out += text.substr(at, user - at);
    at = user;
    if (at >= text.size() || text[at] != '@') continue;
    const size_t host = NameEnd(text, at + 1);
    if (host == at + 1) continue;
    at = host;
    if (at < text.size() && text[at] == ':') {
      size_t port = at + 1;
      while (port < text.size() && text[port] >= '0' && text[port] <= '9') ++port;
      if (port > at + 1) at = port;
    }
  }
  return out;
}

}  // namespace

int64_t CountReply(std::string_view platform, std::string_view text, int url_characters) {
  std::string counted;
  size_t at = 0;
  for (const text::TextRange& url : text::FindUrls(text)) {
    if (url_characters <= 0) break;
    counted += text.substr(at, url.begin - at);
    counted += std::string(static_cast<size_t>(url_characters), 'x');
    at = url.end;
  }
  counted += text.substr(at);
  return text::CountGraphemes(platform == "mastodon" ? ShortenMentions(counted) : counted);
}

}  // namespace carillon::listener
