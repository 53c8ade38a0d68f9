// Valid UTF-8 read by code point, at places given in bytes. Pure; nothing is copied.
//
// Whoever passes `steps` gets one added for each read: tests show with it that a scanner is linear in its text.
#pragma once

#include <unicode/utf8.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace carillon::text {

constexpr UChar32 kNoCodePoint = -1;

class CodePoints {
 public:
  explicit CodePoints(std::string_view text, uint64_t* steps = nullptr) : text_(text), steps_(steps) {}

  std::string_view text() const { return text_; }
  size_t size() const { return text_.size(); }
  std::string_view Slice(size_t begin, size_t end) const { return text_.substr(begin, end - begin); }

  // The one at `at`; kNoCodePoint at the end. Broken bytes read as U+FFFD.
  UChar32 At(size_t at) const { return Read(at); }
  // Where the one after it begins; `at` must not be the end.
  size_t Next(size_t at) const {
    Read(at);
    return at;
  }
  // The one at `at`, which moves past it.
  UChar32 Read(size_t& at) const {
    if (steps_ != nullptr) ++*steps_;
    if (at >= text_.size()) return kNoCodePoint;
    const auto size = static_cast<int64_t>(text_.size());
    auto i = static_cast<int64_t>(at);
    UChar32 c;
    U8_NEXT_OR_FFFD(bytes(), i, size, c);
    at = static_cast<size_t>(i);
    return c;
  }
  // The one that ends at `at`; kNoCodePoint at the beginning.
  UChar32 Before(size_t at) const {
    if (steps_ != nullptr) ++*steps_;
    if (at == 0) return kNoCodePoint;
    const size_t begin = at < U8_MAX_LENGTH ? 0 : at - U8_MAX_LENGTH;
    auto i = static_cast<int32_t>(at - begin);
    UChar32 c;
    U8_PREV_OR_FFFD(bytes() + begin, 0, i, c);
    return c;
  }

 private:
  const uint8_t* bytes() const { return reinterpret_cast<const uint8_t*>(text_.data()); }

  std::string_view text_;
  uint64_t* steps_;
};

inline bool IsAsciiLetter(UChar32 c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool IsAsciiDigit(UChar32 c) { return c >= '0' && c <= '9'; }
inline bool IsAsciiAlnum(UChar32 c) { return IsAsciiLetter(c) || IsAsciiDigit(c); }
inline bool IsOneOf(UChar32 c, std::string_view ascii) {
  return c > 0 && c < 0x80 && ascii.find(static_cast<char>(c)) != std::string_view::npos;
}

}  // namespace carillon::text
