#include "common/twitter_text/url_tail.h"

#include "common/twitter_text/characters.h"

namespace carillon::twitter_text {
namespace {

using text::CodePoints;

bool IsPathLetter(UChar32 c) { return text::IsAsciiAlnum(c) || IsCyrillic(c) || IsLatinAccent(c); }

bool IsPathChar(UChar32 c) {
  return IsPathLetter(c) || text::IsOneOf(c, "!*';:=+,.$/%#[]-_~@|&") || c == 0x2013;  // en dash
}
bool MayEndPath(UChar32 c) { return IsPathLetter(c) || text::IsOneOf(c, "+-=_#/"); }

bool IsQueryChar(UChar32 c) { return text::IsAsciiAlnum(c) || text::IsOneOf(c, "!?*'@();:&=+$/%#[]-_.,~|"); }
bool MayEndQuery(UChar32 c) { return text::IsAsciiAlnum(c) || text::IsOneOf(c, "_&=#/-"); }

size_t PathRunEnd(const CodePoints& text, size_t at) {
  while (IsPathChar(text.At(at))) at = text.Next(at);
  return at;
}

// After "(...)" with nothing but path characters inside, at least one; `begin` if that does not stand there.
size_t PlainParenthesesEnd(const CodePoints& text, size_t begin) {
  if (text.At(begin) != '(') return begin;
  const size_t end = PathRunEnd(text, begin + 1);
  return end > begin + 1 && text.At(end) == ')' ? end + 1 : begin;
}

// The same, with at most one more pair inside.
size_t ParenthesesEnd(const CodePoints& text, size_t begin) {
  if (text.At(begin) != '(') return begin;
  size_t end = PathRunEnd(text, begin + 1);
  const size_t inner = PlainParenthesesEnd(text, end);
  if (inner > end) end = PathRunEnd(text, inner);
  return end > begin + 1 && text.At(end) == ')' ? end + 1 : begin;
}

}  // namespace

size_t PortEnd(const CodePoints& text, size_t begin) {
  if (text.At(begin) != ':') return begin;
  size_t end = begin + 1;
  while (text::IsAsciiDigit(text.At(end))) ++end;
  return end > begin + 1 ? end : begin;
}

size_t PathEnd(const CodePoints& text, size_t begin) {
  if (text.At(begin) != '/') return begin;
  size_t end = begin + 1;
  for (size_t at = end;;) {
    const UChar32 c = text.At(at);
    if (c == '(') {
      const size_t after = ParenthesesEnd(text, at);
      if (after == at) return end;
      end = at = after;
    } else if (IsPathChar(c)) {
      at = text.Next(at);
      if (MayEndPath(c)) end = at;
    } else {
      return end;
    }
  }
}

size_t QueryEnd(const CodePoints& text, size_t begin) {
  if (text.At(begin) != '?') return begin;
  size_t end = begin;
  for (size_t at = begin + 1; IsQueryChar(text.At(at));) {
    const UChar32 c = text.At(at);
    at = text.Next(at);
    if (MayEndQuery(c)) end = at;
  }
  return end;
}

UrlTail ReadUrlTail(const CodePoints& text, size_t host_end) {
  const size_t port_end = PortEnd(text, host_end);
  const size_t path_end = PathEnd(text, port_end);
  return {.end = QueryEnd(text, path_end), .has_path = path_end > port_end};
}

}  // namespace carillon::twitter_text
