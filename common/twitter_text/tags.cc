#include "common/twitter_text/tags.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <iterator>

#include "common/text/code_points.h"
#include "common/text/utf8.h"
#include "common/twitter_text/characters.h"

namespace carillon::twitter_text {
namespace {

using text::CodePoints;

constexpr UChar32 kTextStyle = 0xFE0E;
constexpr UChar32 kEmojiStyle = 0xFE0F;
constexpr UChar32 kKeycap = 0x20E3;
constexpr size_t kSymbolMax = 6;
constexpr size_t kSuffixMax = 2;

// Underscore, joiners, and the signs inside words of Catalan, Hebrew, Tibetan, Japanese and Old Cyrillic.
constexpr UChar32 kInsideWords[] = {'_',    0xB7,   0x5BE,  0x5F3,  0x5F4,  0xF0B,  0xF0C,  0x200C, 0x200D,
                                    0x3003, 0x301C, 0x309B, 0x309C, 0x30A0, 0x30FB, 0xA67E, 0xFF5E};

bool IsLetter(UChar32 c) { return c >= 0 && (U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_M_MASK)) != 0; }

bool IsHashtagChar(UChar32 c) {
  return IsLetter(c) || (c >= 0 && u_charType(c) == U_DECIMAL_DIGIT_NUMBER) ||
         std::find(std::begin(kInsideWords), std::end(kInsideWords), c) != std::end(kInsideWords);
}

bool MayBeginHashtag(UChar32 before) {
  if (before == kTextStyle || before == kEmojiStyle) return true;  // after an emoji
  return before != '&' && !IsHashtagChar(before);
}

bool MayEndHashtag(const CodePoints& text, size_t at) {
  return !IsHashSign(text.At(at)) && !text.text().substr(at).starts_with("://");
}

size_t LettersEnd(const CodePoints& text, size_t begin, size_t max) {
  size_t end = begin;
  while (end - begin < max && text::IsAsciiLetter(text.At(end))) ++end;
  return end;
}

bool MayEndCashtag(UChar32 after) { return after == text::kNoCodePoint || IsSpace(after) || IsPunctuation(after); }

// After the letters at `begin`, and the suffix if that is whole; `begin` if it is no cashtag.
size_t CashtagEnd(const CodePoints& text, size_t begin) {
  const size_t end = LettersEnd(text, begin, kSymbolMax);
  if (end == begin) return begin;
  if (text::IsOneOf(text.At(end), "._")) {
    const size_t suffix_end = LettersEnd(text, end + 1, kSuffixMax);
    if (suffix_end > end + 1 && MayEndCashtag(text.At(suffix_end))) return suffix_end;
  }
  return MayEndCashtag(text.At(end)) ? end : begin;
}

}  // namespace

std::vector<Entity> FindHashtags(std::string_view text, uint64_t* steps) {
  std::vector<Entity> found;
  if (!text::IsValidUtf8(text)) return found;
  const CodePoints points(text, steps);
  size_t taken = 0;  // all before belongs to hashtags, kept or thrown away
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    if (!IsHashSign(points.Read(at)) || !MayBeginHashtag(points.Before(begin))) continue;
    if (begin > 0 && begin == taken) continue;
    const size_t name = at;
    if (points.At(name) == kEmojiStyle || points.At(name) == kKeycap) continue;
    bool letter = false;
    for (UChar32 c = points.At(at); IsHashtagChar(c); c = points.At(at)) {
      letter |= IsLetter(c);
      at = points.Next(at);
    }
    if (!letter) continue;
    taken = at;
    if (!MayEndHashtag(points, at)) continue;
    found.push_back({.kind = Entity::Kind::kHashtag, .range = {begin, at}, .value = std::string(points.Slice(name, at))});
  }
  return found;
}

std::vector<Entity> FindCashtags(std::string_view text, uint64_t* steps) {
  std::vector<Entity> found;
  if (!text::IsValidUtf8(text)) return found;
  const CodePoints points(text, steps);
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    if (points.Read(at) != '$') continue;
    const UChar32 before = points.Before(begin);
    if (before != text::kNoCodePoint && !IsSpace(before)) continue;
    const size_t end = CashtagEnd(points, at);
    if (end == at) continue;
    found.push_back({.kind = Entity::Kind::kCashtag, .range = {begin, end}, .value = std::string(points.Slice(at, end))});
    at = end;
  }
  return found;
}

}  // namespace carillon::twitter_text
