#include "common/twitter_text/characters.h"

#include <algorithm>
#include <iterator>

#include "common/text/code_points.h"

namespace carillon::twitter_text {
namespace {

struct Span {
  UChar32 first, last;
};

template <size_t kSize>
bool IsIn(UChar32 c, const Span (&spans)[kSize]) {
  return std::any_of(std::begin(spans), std::end(spans),
                     [c](const Span& span) { return c >= span.first && c <= span.last; });
}

constexpr Span kSpaces[] = {{0x09, 0x0D},     {0x20, 0x20},     {0x85, 0x85},     {0xA0, 0xA0},     {0x1680, 0x1680}, {0x180E, 0x180E},
                            {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}};

constexpr Span kDirections[] = {{0x061C, 0x061C}, {0x200E, 0x200F}, {0x202A, 0x202E}, {0x2066, 0x2069}};

constexpr Span kLatinAccents[] = {{0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x24F},    {0x253, 0x254},
                                  {0x256, 0x257},   {0x259, 0x259},   {0x25B, 0x25B},   {0x263, 0x263},
                                  {0x268, 0x268},   {0x26F, 0x26F},   {0x272, 0x272},   {0x289, 0x289},
                                  {0x28B, 0x28B},   {0x2BB, 0x2BB},   {0x300, 0x36F},   {0x1E00, 0x1EFF}};

}  // namespace

bool IsSpace(UChar32 c) { return IsIn(c, kSpaces); }

bool IsInvalid(UChar32 c) { return c == 0xFFFE || c == 0xFEFF || c == 0xFFFF; }

bool IsPunctuation(UChar32 c) {
  return c > 0x20 && c < 0x7F && !text::IsAsciiAlnum(c) && c != '"' && c != '`';
}

bool IsLatinAccent(UChar32 c) { return IsIn(c, kLatinAccents); }

bool IsCyrillic(UChar32 c) { return c >= 0x400 && c <= 0x4FF; }

bool IsHostChar(UChar32 c) {
  if (text::IsAsciiAlnum(c)) return true;
  return c >= 0 && !IsPunctuation(c) && !IsSpace(c) && !IsInvalid(c) && !IsIn(c, kDirections);
}

bool IsAtSign(UChar32 c) { return c == '@' || c == 0xFF20; }
bool IsHashSign(UChar32 c) { return c == '#' || c == 0xFF03; }

}  // namespace carillon::twitter_text
