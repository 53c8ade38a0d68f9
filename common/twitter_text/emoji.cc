#include "common/twitter_text/emoji.h"

#include <unicode/uchar.h>
#include <unicode/uniset.h>
#include <unicode/usetiter.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>

#include "common/base/check.h"

namespace carillon::twitter_text {
namespace {

constexpr UChar32 kKeycap = 0x20E3;
constexpr size_t kKeycapMax = 3;  // code points: the digit, the emoji style, the cap

struct Table {
  std::unordered_set<std::u32string> emoji;
  size_t longest = 0;  // code points

  void Add(std::u32string sequence) {
    longest = std::max(longest, sequence.size());
    emoji.insert(std::move(sequence));
  }
};

std::u32string CodePointsOf(const icu::UnicodeString& text) {
  std::u32string out;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) out += static_cast<char32_t>(text.char32At(i));
  return out;
}

Table MakeTable() {
  Table table;
  UErrorCode error = U_ZERO_ERROR;
  const icu::UnicodeSet all(u"[:RGI_Emoji:]", error);
  CARILLON_CHECK(U_SUCCESS(error), "ICU has no emoji: {}", u_errorName(error));
  icu::UnicodeSetIterator it(all);
  while (it.nextRange()) {
    if (it.isString()) {
      table.Add(CodePointsOf(it.getString()));
      continue;
    }
    for (UChar32 c = it.getCodepoint(); c <= it.getCodepointEnd(); ++c) table.Add({static_cast<char32_t>(c)});
  }
  for (const char32_t base : std::u32string_view(U"0123456789#*")) table.Add({base, kKeycap});
  return table;
}

}  // namespace

size_t EmojiEnd(const text::CodePoints& text, size_t at) {
  static const Table table = MakeTable();
  const UChar32 first = text.At(at);
  size_t end = at;
  if (first < 0 || !u_hasBinaryProperty(first, UCHAR_EMOJI)) return end;
  const size_t longest = first < 0x80 ? kKeycapMax : table.longest;
  std::u32string sequence;
  for (size_t next = at; next < text.size() && sequence.size() < longest;) {
    sequence += static_cast<char32_t>(text.Read(next));
    if (table.emoji.contains(sequence)) end = next;
  }
  return end;
}

}  // namespace carillon::twitter_text
