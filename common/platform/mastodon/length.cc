#include "common/platform/mastodon/length.h"

#include <unicode/uchar.h>

#include <vector>

#include "common/text/code_points.h"
#include "common/text/urls.h"
#include "common/text/utf8.h"

namespace carillon::mastodon {
namespace {

using text::CodePoints;

// Ruby's [[:word:]]: letters, marks, decimal digits, connector punctuation.
bool IsWord(UChar32 c) {
  constexpr uint32_t kWord = U_GC_L_MASK | U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;
  return c >= 0 && (U_GET_GC_MASK(c) & kWord) != 0;
}

// After one or more word characters at `at`; `at` if there are none.
size_t WordEnd(const CodePoints& text, size_t at) {
  while (IsWord(text.At(at))) at = text.Next(at);
  return at;
}

size_t UserEnd(const CodePoints& text, size_t at) {
  while (text::IsAsciiAlnum(text.At(at)) || text.At(at) == '_') ++at;
  return at;
}

// After runs that `run_end` reads, joined by dots and hyphens: "a.b-c" whole, of "a." the "a". `at` if it starts with none.
template <typename RunEnd>
size_t JoinedEnd(const CodePoints& text, size_t at, RunEnd run_end) {
  size_t end = run_end(text, at);
  if (end == at) return at;
  while (true) {
    size_t next = end;
    while (text::IsOneOf(text.At(next), ".-")) ++next;
    const size_t run = next == end ? next : run_end(text, next);
    if (run == next) return end;
    end = run;
  }
}

}  // namespace

std::string ShortenMentions(std::string_view text, uint64_t* steps) {
  std::string out;
  out.reserve(text.size());
  const CodePoints points(text, steps);
  const std::vector<text::TextRange> urls = text::FindUrls(text, steps);
  auto url = urls.begin();
  size_t at = 0;
  while (at < text.size()) {
    if (url != urls.end() && at == url->begin) {
      out += text::Slice(text, *url);
      at = url->end;
      ++url;
      continue;
    }
    const UChar32 before = points.Before(at);
    const size_t user = text[at] == '@' && before != '=' && before != '/' && !IsWord(before) ? JoinedEnd(points, at + 1, UserEnd)
                                                                                             : at + 1;
    if (user == at + 1) {
      out += text[at++];
      continue;
    }
    out += points.Slice(at, user);
    at = user;
    if (points.At(at) == '@') {
      const size_t host = JoinedEnd(points, at + 1, WordEnd);
      if (host > at + 1) at = host;
    }
  }
  return out;
}

int64_t CountedLength(std::string_view text, std::string_view spoiler, int url_characters, uint64_t* steps) {
  size_t at = 0;
  std::string rest;
  for (const text::TextRange& url : text::FindUrls(text, steps)) {
    rest += text.substr(at, url.begin - at);
    rest += std::string(url_characters, 'x');
    at = url.end;
  }
  rest += text.substr(at);
  return text::CountGraphemes(std::string(spoiler) + ShortenMentions(rest, steps));
}

}  // namespace carillon::mastodon
