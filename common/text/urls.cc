#include "common/text/urls.h"

#include <unicode/uchar.h>

#include "common/text/code_points.h"
#include "common/text/utf8.h"

namespace carillon::text {
namespace {

constexpr UChar32 kEnd = kNoCodePoint;

// A place in valid UTF-8.
class Cursor {
 public:
  Cursor(const CodePoints& text, size_t at) : text_(text), at_(at) {}

  UChar32 Peek() const { return text_.At(at_); }
  void Skip() { at_ = text_.Next(at_); }
  size_t at() const { return at_; }
  void MoveTo(size_t at) { at_ = at; }

 private:
  const CodePoints& text_;
  size_t at_;
};

bool IsInvalid(UChar32 c) { return c == 0xFFFE || c == 0xFEFF || c == 0xFFFF; }

bool MayPrecede(UChar32 c) {
  return !IsAsciiLetter(c) && !IsAsciiDigit(c) && !IsOneOf(c, "@$#") && c != 0xFF20 &&
         c != 0xFF03 && !IsInvalid(c);
}

bool IsHostChar(UChar32 c) {
  if (c < 0x80) return IsAsciiLetter(c) || IsAsciiDigit(c);
  return !u_isUWhiteSpace(c) && !IsInvalid(c);
}

// The end of a top-level domain that starts at `begin`; `begin` itself if there is none.
size_t TopLevelEnd(const CodePoints& text, size_t begin) {
  Cursor cursor(text, begin);
  if (text.text().substr(begin).starts_with("xn--")) {
    cursor.MoveTo(begin + 4);
    while (IsAsciiLetter(cursor.Peek()) || IsAsciiDigit(cursor.Peek())) cursor.Skip();
    return cursor.at() > begin + 4 ? cursor.at() : begin;
  }
  if (IsAsciiLetter(cursor.Peek())) {
    while (IsAsciiLetter(cursor.Peek())) cursor.Skip();
  } else {
    while (cursor.Peek() >= 0x80 && u_isalpha(cursor.Peek())) cursor.Skip();
  }
  const UChar32 next = cursor.Peek();
  const bool stands_alone = !IsAsciiDigit(next) && !IsAsciiLetter(next) && next != '@';
  return stands_alone && CountCodePoints(text.Slice(begin, cursor.at())) >= 2 ? cursor.at() : begin;
}

// The end of the host that starts at `begin`: the longest run of labels that ends in a top-level domain. `begin` if none.
size_t HostEnd(const CodePoints& text, size_t begin) {
  Cursor cursor(text, begin);
  size_t end = begin;
  bool first = true;
  while (true) {
    const size_t label = cursor.at();
    if (!first) {
      const size_t top = TopLevelEnd(text, label);
      if (top > label) end = top;
    }
    first = false;
    UChar32 last = kEnd;
    if (!IsHostChar(cursor.Peek())) break;
    while (IsHostChar(cursor.Peek()) || cursor.Peek() == '-' || cursor.Peek() == '_') {
      last = cursor.Peek();
      cursor.Skip();
    }
    if (last == '-' || last == '_' || cursor.Peek() != '.') break;
    cursor.Skip();
  }
  return end;
}

bool IsPathChar(UChar32 c) {
  return c != kEnd && !u_isUWhiteSpace(c) && !IsOneOf(c, "<>()?");
}
bool MayEndPath(UChar32 c) {
  return !IsOneOf(c, "()?!*\"'<>;:=,.$%[]~&|@") && c != 0x300C && c != 0x300D;
}

// After "(...)", with one more level of parentheses inside, if that is what stands at `begin`; else `begin`.
size_t BalancedEnd(const CodePoints& text, size_t begin, bool nested) {
  Cursor cursor(text, begin);
  if (cursor.Peek() != '(') return begin;
  cursor.Skip();
  const size_t inside = cursor.at();
  while (true) {
    const UChar32 c = cursor.Peek();
    if (c == ')') break;
    if (c == '(' && !nested) {
      const size_t end = BalancedEnd(text, cursor.at(), true);
      if (end == cursor.at()) return begin;
      cursor.MoveTo(end);
    } else if (IsPathChar(c)) {
      cursor.Skip();
    } else {
      return begin;
    }
  }
  if (cursor.at() == inside) return begin;
  return cursor.at() + 1;
}

size_t PathEnd(const CodePoints& text, size_t begin) {
  Cursor cursor(text, begin);
  if (cursor.Peek() != '/') return begin;
  cursor.Skip();
  size_t end = cursor.at();
  while (true) {
    const UChar32 c = cursor.Peek();
    if (c == '(') {
      const size_t after = BalancedEnd(text, cursor.at(), false);
      if (after == cursor.at()) return end;
      cursor.MoveTo(after);
      end = after;
    } else if (IsPathChar(c)) {
      cursor.Skip();
      if (MayEndPath(c)) end = cursor.at();
    } else {
      return end;
    }
  }
}

size_t QueryEnd(const CodePoints& text, size_t begin) {
  Cursor cursor(text, begin);
  if (cursor.Peek() != '?') return begin;
  cursor.Skip();
  size_t end = begin;
  while (true) {
    const UChar32 c = cursor.Peek();
    const bool plain = IsAsciiLetter(c) || IsAsciiDigit(c) || c >= 0xA0;
    if (!plain && !IsOneOf(c, "!?*'();:&=+$/%#[]-_.,~|@^")) return end;
    cursor.Skip();
    if (plain || IsOneOf(c, "_&=#/-")) end = cursor.at();
  }
}

size_t PortEnd(const CodePoints& text, size_t begin) {
  if (text.At(begin) != ':') return begin;
  size_t end = begin + 1;
  while (IsAsciiDigit(text.At(end))) ++end;
  return end > begin + 1 ? end : begin;
}

bool StartsWithIgnoringCase(std::string_view text, size_t at, std::string_view lower) {
  if (text.size() - at < lower.size()) return false;
  for (size_t i = 0; i < lower.size(); ++i) {
    if ((text[at + i] | 0x20) != (lower[i] | 0x20)) return false;
  }
  return true;
}

// After "http://" or "https://" at `at`; `at` if it is neither.
size_t SchemeEnd(std::string_view text, size_t at) {
  for (const std::string_view scheme : {std::string_view("https://"), std::string_view("http://")}) {
    if (StartsWithIgnoringCase(text, at, scheme)) return at + scheme.size();
  }
  return at;
}

}  // namespace

std::vector<TextRange> FindUrls(std::string_view text, uint64_t* steps) {
  std::vector<TextRange> found;
  if (!IsValidUtf8(text)) return found;
  const CodePoints points(text, steps);
  for (size_t at = 0; at < text.size(); ++at) {
    if (steps != nullptr) ++*steps;
    if (text[at] != 'h' && text[at] != 'H') continue;
    const size_t host = SchemeEnd(text, at);
    if (host == at || !MayPrecede(points.Before(at))) continue;
    const size_t host_end = HostEnd(points, host);
    if (host_end == host) continue;
    size_t end = PortEnd(points, host_end);
    end = PathEnd(points, end);
    end = QueryEnd(points, end);
    found.push_back({at, end});
    at = end - 1;
  }
  return found;
}

}  // namespace carillon::text
