#include "common/text/utf8.h"

#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <memory>

#include "common/base/check.h"
#include "common/base/utf8.h"
#include "common/text/nfc.h"

namespace carillon::text {
namespace {

// ICU's break iterators are not thread-safe and dear to make, so each thread keeps one.
icu::BreakIterator& GraphemeIterator() {
  thread_local const std::unique_ptr<icu::BreakIterator> iterator = [] {
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> made(
        icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), error));
    CARILLON_CHECK(U_SUCCESS(error) && made, "ICU has no grapheme rules: {}", u_errorName(error));
    return made;
  }();
  return *iterator;
}

bool IsAscii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int64_t>(text.size());
  for (int64_t i = 0; i < size;) {
    UChar32 c;
    U8_NEXT(bytes, i, size, c);
    if (c < 0) return false;
  }
  return true;
}

int64_t CountGraphemes(std::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  UText* view = utext_openUTF8(nullptr, text.data(), static_cast<int64_t>(text.size()), &error);
  CARILLON_CHECK(U_SUCCESS(error), "ICU cannot read text: {}", u_errorName(error));
  icu::BreakIterator& iterator = GraphemeIterator();
  iterator.setText(view, error);
  CARILLON_CHECK(U_SUCCESS(error), "ICU cannot break text: {}", u_errorName(error));
  int64_t count = 0;
  while (iterator.next() != icu::BreakIterator::DONE) ++count;
  utext_close(view);
  return count;
}

int64_t CountCodePoints(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int64_t>(text.size());
  int64_t count = 0;
  for (int64_t i = 0; i < size; ++count) {
    U8_FWD_1(bytes, i, size);
  }
  return count;
}

int64_t CountUtf16Units(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int64_t>(text.size());
  int64_t count = 0;
  for (int64_t i = 0; i < size;) {
    UChar32 c;
    U8_NEXT_OR_FFFD(bytes, i, size, c);
    count += U16_LENGTH(c);
  }
  return count;
}

std::string NormalizeNfc(std::string_view text) {
  if (IsAscii(text) || !IsValidUtf8(text)) return std::string(text);
  return Nfc(text).text();
}

std::string CollapseSpace(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int64_t>(text.size());
  std::string out;
  bool space = false;
  for (int64_t i = 0; i < size;) {
    const int64_t start = i;
    UChar32 c;
    U8_NEXT(bytes, i, size, c);
    if (c >= 0 && u_isUWhiteSpace(c)) {
      space = true;
      continue;
    }
    if (space && !out.empty()) out += ' ';
    space = false;
    out.append(text.substr(start, i - start));
  }
  return out;
}

std::string_view Truncate(std::string_view text, size_t bytes_max) {
  return CutUtf8(text, bytes_max);
}

}  // namespace carillon::text
