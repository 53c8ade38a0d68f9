#include "common/twitter_text/validate.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/text/code_points.h"
#include "common/text/utf8.h"
#include "common/twitter_text/characters.h"
#include "common/twitter_text/mentions.h"
#include "common/twitter_text/tags.h"

namespace carillon::twitter_text {
namespace {

using text::CodePoints;

bool IsWholly(std::string_view text, const std::vector<Entity>& found, Entity::Kind kind) {
  return found.size() == 1 && found[0].kind == kind && found[0].range == text::TextRange{0, text.size()};
}

bool IsHexDigit(char c) { return text::IsAsciiDigit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

bool IsBeyondAscii(UChar32 c) { return c >= 0x80 && !IsSpace(c) && !IsInvalid(c); }

// RFC 3986's characters of a path segment, RFC 3987's beyond ASCII, "%" with two hex digits, and `more`.
bool IsSegments(std::string_view part, std::string_view more) {
  const CodePoints points(part);
  for (size_t at = 0; at < part.size();) {
    const size_t begin = at;
    const UChar32 c = points.Read(at);
    if (c == '%') {
      if (part.size() - begin < 3 || !IsHexDigit(part[begin + 1]) || !IsHexDigit(part[begin + 2])) return false;
      at = begin + 3;
    } else if (!text::IsAsciiAlnum(c) && !IsBeyondAscii(c) && !text::IsOneOf(c, "-._~!$&'()*+,;=:@") &&
               !text::IsOneOf(c, more)) {
      return false;
    }
  }
  return true;
}

bool IsLabel(std::string_view label) {
  const CodePoints points(label);
  const auto at_edge = [](UChar32 c) { return text::IsAsciiAlnum(c) || IsBeyondAscii(c); };
  if (label.empty() || !at_edge(points.At(0)) || !at_edge(points.Before(label.size()))) return false;
  for (size_t at = 0; at < label.size();) {
    const UChar32 c = points.Read(at);
    if (!at_edge(c) && c != '-' && c != '_') return false;
  }
  return true;
}

bool IsDomain(std::string_view host) {
  std::vector<std::string_view> labels;
  for (size_t begin = 0; begin <= host.size();) {
    const size_t end = std::min(host.find('.', begin), host.size());
    labels.push_back(host.substr(begin, end - begin));
    if (!IsLabel(labels.back())) return false;
    begin = end + 1;
  }
  if (labels.size() < 2) return false;
  const std::string_view top = labels.back();
  const std::string_view domain = labels[labels.size() - 2];
  return !text::IsAsciiDigit(top[0]) && top.find('_') == std::string_view::npos &&
         domain.find('_') == std::string_view::npos;
}

bool IsAddress(int family, std::string_view text) {
  in6_addr address;
  return inet_pton(family, std::string(text).c_str(), &address) == 1;
}

bool IsHost(std::string_view host) {
  if (host.starts_with('[')) {
    return host.size() > 2 && host.ends_with(']') && IsAddress(AF_INET6, host.substr(1, host.size() - 2));
  }
  return IsAddress(AF_INET, host) || IsDomain(host);
}

bool IsPort(std::string_view port) {
  constexpr size_t kDigitsMax = 5;
  return !port.empty() && port.size() <= kDigitsMax &&
         std::all_of(port.begin(), port.end(), [](char c) { return text::IsAsciiDigit(c); });
}

// "user:password@host:port"
bool IsAuthority(std::string_view authority) {
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = authority.substr(0, at);
    if (user.find('@') != std::string_view::npos || !IsSegments(user, "")) return false;
    authority.remove_prefix(at + 1);
  }
  const size_t colon = authority.rfind(':');
  const size_t bracket = authority.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    if (!IsPort(authority.substr(colon + 1))) return false;
    authority = authority.substr(0, colon);
  }
  return IsHost(authority);
}

// Where `c` stands, or the end. (With std::string_view::find gcc 12 gives a false alarm, -Wstringop-overread.)
size_t Find(std::string_view text, char c) {
  return static_cast<size_t>(std::find(text.begin(), text.end(), c) - text.begin());
}

// How long "http://" or "https://" is at the beginning; 0 if neither stands there.
size_t SchemeSize(std::string_view text) {
  for (const std::string_view scheme : {std::string_view("https://"), std::string_view("http://")}) {
    if (text.size() < scheme.size()) continue;
    const bool same = std::equal(scheme.begin(), scheme.end(), text.begin(), [](char s, char c) {
      return s == c || (text::IsAsciiLetter(c) && s == (c | 0x20));
    });
    if (same) return scheme.size();
  }
  return 0;
}

}  // namespace

bool IsUser(std::string_view text) { return IsWholly(text, FindMentions(text), Entity::Kind::kMention); }
bool IsList(std::string_view text) { return IsWholly(text, FindMentions(text), Entity::Kind::kList); }
bool IsHashtag(std::string_view text) { return IsWholly(text, FindHashtags(text), Entity::Kind::kHashtag); }

bool IsUrl(std::string_view text, Scheme scheme) {
  if (!text::IsValidUtf8(text) || text.find('\0') != std::string_view::npos) return false;
  const size_t scheme_size = SchemeSize(text);
  if (scheme_size == 0 && scheme == Scheme::kRequired) return false;
  std::string_view rest = text.substr(scheme_size);
  const size_t hash = Find(rest, '#');
  if (hash < rest.size() && !IsSegments(rest.substr(hash + 1), "/?|")) return false;
  rest = rest.substr(0, hash);
  const size_t question = Find(rest, '?');
  if (question < rest.size() && !IsSegments(rest.substr(question + 1), "/?|")) return false;
  rest = rest.substr(0, question);
  const size_t slash = Find(rest, '/');
  return IsSegments(rest.substr(slash), "/") && IsAuthority(rest.substr(0, slash));
}

}  // namespace carillon::twitter_text
