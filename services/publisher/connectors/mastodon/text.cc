#include "services/publisher/connectors/mastodon/text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "common/text/urls.h"
#include "common/text/utf8.h"

namespace carillon::publisher::mastodon {
namespace {

// Ruby's [[:word:]]: letters, marks, decimal digits, connector punctuation.
bool IsWord(UChar32 c) {
  constexpr uint32_t kWord = U_GC_L_MASK | U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;
  return c >= 0 && (U_MASK(u_charType(c)) & kWord) != 0;
}
bool IsUserChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

UChar32 CharBefore(std::string_view text, size_t at) {
  if (at == 0) return -1;
  auto i = static_cast<int32_t>(at);
  UChar32 c;
  U8_PREV(reinterpret_cast<const uint8_t*>(text.data()), 0, i, c);
  return c;
}

// After one or more word characters at `at`; `at` if there are none.
size_t WordEnd(std::string_view text, size_t at) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int64_t>(text.size());
  auto i = static_cast<int64_t>(at);
  while (i < size) {
    int64_t next = i;
    UChar32 c;
    U8_NEXT(bytes, next, size, c);
    if (!IsWord(c)) break;
    i = next;
  }
  return static_cast<size_t>(i);
}

size_t UserEnd(std::string_view text, size_t at) {
  while (at < text.size() && IsUserChar(text[at])) ++at;
  return at;
}

// After runs that `run_end` reads, joined by dots and hyphens: "a.b-c" whole, of "a." the "a". `at` if it starts with none.
template <typename RunEnd>
size_t JoinedEnd(std::string_view text, size_t at, RunEnd run_end) {
  size_t end = run_end(text, at);
  if (end == at) return at;
  while (true) {
    size_t next = end;
    while (next < text.size() && (text[next] == '.' || text[next] == '-')) ++next;
    const size_t run = next == end ? next : run_end(text, next);
    if (run == next) return end;
    end = run;
  }
}

}  // namespace

std::string ShortenMentions(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const std::vector<text::TextRange> urls = text::FindUrls(text);
  auto url = urls.begin();
  size_t at = 0;
  while (at < text.size()) {
    if (url != urls.end() && at == url->begin) {
      out += text.substr(at, url->end - url->begin);
      at = url->end;
      ++url;
      continue;
    }
    const UChar32 before = CharBefore(text, at);
    const size_t user = text[at] == '@' && before != '=' && before != '/' && !IsWord(before)
                            ? JoinedEnd(text, at + 1, UserEnd)
                            : at + 1;
    if (user == at + 1) {
      out += text[at++];
      continue;
    }
    out += text.substr(at, user - at);
    at = user;
    if (at < text.size() && text[at] == '@') {
      const size_t host = JoinedEnd(text, at + 1, WordEnd);
      if (host > at + 1) at = host;
    }
  }
  return out;
}

int64_t CountedLength(std::string_view text, std::string_view spoiler, int url_characters) {
  std::string counted(spoiler);
  size_t at = 0;
  std::string rest;
  for (const text::TextRange& url : text::FindUrls(text)) {
    rest += text.substr(at, url.begin - at);
    rest += std::string(url_characters, 'x');
    at = url.end;
  }
  rest += text.substr(at);
  counted += ShortenMentions(rest);
  return text::CountGraphemes(counted);
}

std::string StatusText(const PublishContent& content) {
  if (content.link.empty()) return content.text;
  for (const text::TextRange& url : text::FindUrls(content.text)) {
    if (std::string_view(content.text).substr(url.begin, url.end - url.begin) == content.link) {
      return content.text;
    }
  }
  return content.text.empty() ? content.link : content.text + "\n\n" + content.link;
}

std::string ComparableText(std::string_view text) {
  return text::CollapseSpace(text::NormalizeNfc(ShortenMentions(text)));
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

}  // namespace carillon::publisher::mastodon
