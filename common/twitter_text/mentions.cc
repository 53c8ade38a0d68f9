#include "common/twitter_text/mentions.h"

#include "common/text/code_points.h"
#include "common/text/utf8.h"
#include "common/twitter_text/characters.h"

namespace carillon::twitter_text {
namespace {

using text::CodePoints;

constexpr size_t kNameMax = 20;
constexpr size_t kListMax = 25;

bool IsNameChar(UChar32 c) { return text::IsAsciiAlnum(c) || c == '_'; }

// After "RT", in any case, that is no end of a word: a repost of old.
bool IsAfterRepost(const CodePoints& text, size_t at, size_t taken) {
  if (at < taken + 2 || (text.At(at - 1) | 0x20) != 't' || (text.At(at - 2) | 0x20) != 'r') return false;
  const UChar32 before = text.Before(at - 2);
  return before == text::kNoCodePoint || (at - 2 > taken && !IsNameChar(before) && !text::IsOneOf(before, "+~.-"));
}

// By what stands before it, and after `taken`.
bool MayBegin(const CodePoints& text, size_t at, size_t taken) {
  const UChar32 before = text.Before(at);
  if (IsNameChar(before)) return IsAfterRepost(text, at, taken);
  return !text::IsOneOf(before, "!#$%&*") && !IsAtSign(before);
}

// What may not follow a mention: then it was an e-mail address, a word or a URL.
bool MayEnd(const CodePoints& text, size_t at) {
  const UChar32 after = text.At(at);
  if (IsAtSign(after) || IsLatinAccent(after)) return false;
  return !text.text().substr(at).starts_with("://");
}

size_t NameEnd(const CodePoints& text, size_t begin) {
  size_t end = begin;
  while (end - begin < kNameMax && IsNameChar(text.At(end))) ++end;
  return end;
}

// After the slash and the name of a list; `begin` if none stands there.
size_t ListEnd(const CodePoints& text, size_t begin) {
  if (text.At(begin) != '/' || !text::IsAsciiLetter(text.At(begin + 1))) return begin;
  size_t end = begin + 2;
  while (end - begin - 1 < kListMax && (IsNameChar(text.At(end)) || text.At(end) == '-')) ++end;
  return end;
}

Entity Mention(const CodePoints& text, size_t begin, size_t name, size_t name_end) {
  return {.kind = Entity::Kind::kMention, .range = {begin, name_end}, .value = std::string(text.Slice(name, name_end))};
}

}  // namespace

std::vector<Entity> FindMentions(std::string_view text, uint64_t* steps) {
  std::vector<Entity> found;
  if (!text::IsValidUtf8(text)) return found;
  const CodePoints points(text, steps);
  size_t taken = 0;  // all before belongs to mentions, kept or thrown away
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const UChar32 c = points.Read(at);
    if (!IsAtSign(c) || !MayBegin(points, begin, taken)) continue;
    const size_t name_end = NameEnd(points, at);
    if (name_end == at) continue;
    const size_t list_end = ListEnd(points, name_end);
    if (MayEnd(points, list_end)) {
      Entity mention = Mention(points, begin, at, name_end);
      if (list_end > name_end) {
        mention.kind = Entity::Kind::kList;
        mention.list = points.Slice(name_end + 1, list_end);
        mention.range.end = list_end;
      }
      found.push_back(std::move(mention));
    }
    at = taken = list_end;
  }
  return found;
}

std::optional<Entity> FindReply(std::string_view text) {
  if (!text::IsValidUtf8(text)) return std::nullopt;
  const CodePoints points(text);
  size_t at = 0;
  while (IsSpace(points.At(at))) at = points.Next(at);
  const size_t begin = at;
  if (!IsAtSign(points.Read(at))) return std::nullopt;
  const size_t end = NameEnd(points, at);
  if (end == at || !MayEnd(points, end)) return std::nullopt;
  return Mention(points, begin, at, end);
}

}  // namespace carillon::twitter_text
