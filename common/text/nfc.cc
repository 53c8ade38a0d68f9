#include "common/text/nfc.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>

#include "common/base/check.h"
#include "common/text/code_points.h"

namespace carillon::text {
namespace {

// ICU inserts each mark at its place, which is quadratic in a run of marks out of order. Longer runs are ordered here first.
constexpr int kMarksMax = 32;
// Nothing before it composes or decomposes (UAX #15, 9).
constexpr UChar32 kFirstThatComposes = 0x300;

const icu::Normalizer2& NfcRules() {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* rules = icu::Normalizer2::getNFCInstance(error);
  CARILLON_CHECK(U_SUCCESS(error), "ICU has no NFC: {}", u_errorName(error));
  return *rules;
}

std::string Compose(std::string_view sequence) {
  std::string out;
  icu::StringByteSink<std::string> sink(&out);
  UErrorCode error = U_ZERO_ERROR;
  NfcRules().normalizeUTF8(0, icu::StringPiece(sequence.data(), static_cast<int32_t>(sequence.size())),
                           sink, nullptr, error);
  CARILLON_CHECK(U_SUCCESS(error), "ICU cannot compose: {}", u_errorName(error));
  return out;
}

// Puts marks in the order of their combining classes, equal ones as they stand: counting, so linear.
void OrderMarks(std::u32string& text, size_t begin, size_t end) {
  std::array<size_t, 257> place{};
  for (size_t i = begin; i < end; ++i) ++place[u_getCombiningClass(text[i]) + 1];
  for (size_t i = 1; i < place.size(); ++i) place[i] += place[i - 1];
  std::u32string ordered(end - begin, U'\0');
  for (size_t i = begin; i < end; ++i) ordered[place[u_getCombiningClass(text[i])]++] = text[i];
  std::copy(ordered.begin(), ordered.end(), text.begin() + static_cast<ptrdiff_t>(begin));
}

// A canonically equivalent text whose marks stand in order.
std::string Ordered(std::string_view sequence) {
  std::u32string text;
  const CodePoints points(sequence);
  icu::UnicodeString parts;
  for (size_t at = 0; at < points.size();) {
    const UChar32 c = points.Read(at);
    if (!NfcRules().getDecomposition(c, parts)) {
      text += static_cast<char32_t>(c);
      continue;
    }
    for (int32_t i = 0; i < parts.length(); i = parts.moveIndex32(i, 1)) text += static_cast<char32_t>(parts.char32At(i));
  }
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin;
    while (end < text.size() && u_getCombiningClass(text[end]) != 0) ++end;
    if (end - begin > 1) OrderMarks(text, begin, end);
    begin = std::max(end, begin + 1);
  }
  std::string out;
  icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(text.data()), static_cast<int32_t>(text.size()))
      .toUTF8String(out);
  return out;
}

}  // namespace

void Nfc::AddSequence(std::string_view sequence, size_t source_begin, int code_points) {
  const std::string composed = code_points > kMarksMax ? Compose(Ordered(sequence)) : Compose(sequence);
  const size_t begin = text_.size();
  text_ += composed;
  if (composed == sequence) return;
  changes_.push_back({begin, text_.size(), source_begin, source_begin + sequence.size()});
}

Nfc::Nfc(std::string_view source, uint64_t* steps) {
  text_.reserve(source.size());
  const CodePoints points(source, steps);
  for (size_t at = 0; at < source.size();) {
    const size_t begin = at;
    const UChar32 first = points.Read(at);
    int count = 1;
    for (size_t next = at; next < source.size(); ++count) {
      const UChar32 c = points.Read(next);
      if (c < kFirstThatComposes || NfcRules().hasBoundaryBefore(c)) break;
      at = next;
    }
    const std::string_view sequence = source.substr(begin, at - begin);
    const bool unchanged = count == 1 && (first < kFirstThatComposes ||
                                          u_getIntPropertyValue(first, UCHAR_NFC_QUICK_CHECK) == UNORM_YES);
    if (unchanged) {
      text_ += sequence;
    } else {
      AddSequence(sequence, begin, count);
    }
  }
}

size_t Nfc::SourceOffset(size_t offset) const {
  auto after = std::upper_bound(changes_.begin(), changes_.end(), offset,
                                [](size_t place, const Change& change) { return place < change.begin; });
  if (after == changes_.begin()) return offset;
  const Change& change = *--after;
  if (offset < change.end) return change.source_begin;
  return change.source_end + (offset - change.end);
}

}  // namespace carillon::text
