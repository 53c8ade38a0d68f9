#include "common/platform/keyword.h"

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include "common/text/code_points.h"
#include "common/text/utf8.h"

namespace carillon::platform {
namespace {

using text::CodePoints;

void Append(UChar32 c, std::string& out) {
  char bytes[U8_MAX_LENGTH];
  int32_t size = 0;
  U8_APPEND_UNSAFE(bytes, size, c);
  out.append(bytes, static_cast<size_t>(size));
}

bool IsWordPart(UChar32 c) { return c == '_' || u_isalnum(c) || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0; }

// Words of these are not told apart by spaces.
bool IsWordAlone(UChar32 c) {
  UErrorCode error = U_ZERO_ERROR;
  switch (uscript_getScript(c, &error)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
      return true;
    default:
      return false;
  }
}

std::string Folded(std::string_view given) {
  const std::string composed = text::NormalizeNfc(given);
  const CodePoints points(composed);
  std::string out;
  for (size_t at = 0; at < points.size();) {
    Append(u_foldCase(points.Read(at), U_FOLD_CASE_DEFAULT), out);
  }
  return out;
}

// " die glocke ": a space before and behind each word.
std::string WordsOf(std::string_view folded) {
  const CodePoints points(folded);
  std::string out = " ";
  for (size_t at = 0; at < points.size();) {
    const UChar32 c = points.Read(at);
    const bool is_part = IsWordPart(c), is_alone = is_part && IsWordAlone(c);
    if ((!is_part || is_alone) && out.back() != ' ') out += ' ';
    if (is_part) Append(c, out);
    if (is_alone) out += ' ';
  }
  if (out.back() != ' ') out += ' ';
  return out;
}

// Without "#", as platforms read them: letters, digits and what joins them.
void CollectTags(std::string_view folded, std::set<std::string>& out) {
  const CodePoints points(folded);
  UChar32 before = ' ';
  for (size_t at = 0; at < points.size();) {
    const UChar32 c = points.Read(at);
    if ((c != '#' && c != 0xFF03) || IsWordPart(before)) {
      before = c;
      continue;
    }
    std::string tag;
    while (at < points.size() && IsWordPart(points.At(at))) Append(points.Read(at), tag);
    if (!tag.empty()) out.insert(std::move(tag));
    before = ' ';
  }
}

Status BadTerm(std::string_view why) {
  return Refuse(Code::kInvalidArgument, "BAD_TERM", fmt::format("the term {}", why), {{"key", "term"}});
}

}  // namespace

Result<std::string> NormalTerm(std::string_view term) {
  if (!text::IsValidUtf8(term)) return BadTerm("is not valid UTF-8");
  const std::string normal = text::CollapseSpace(Folded(term));
  if (normal.size() > kTermBytesMax) return BadTerm(fmt::format("is longer than {} bytes", kTermBytesMax));
  if (WordsOf(normal) == " ") return BadTerm("has no letter or digit");
  if (IsHashtag(normal)) {
    std::set<std::string> tags;
    CollectTags(normal, tags);
    if (tags.size() != 1 || "#" + *tags.begin() != normal) return BadTerm("begins with # and is no hashtag");
  }
  return normal;
}

bool IsHashtag(std::string_view term) { return term.starts_with('#'); }

PostWords::PostWords(std::string_view text, const std::vector<std::string>& tags) {
  const std::string folded = Folded(text);
  words_ = WordsOf(folded);
  CollectTags(folded, tags_);
  for (const std::string& tag : tags) tags_.insert(Folded(tag));
}

bool PostWords::Has(std::string_view normal_term) const {
  if (IsHashtag(normal_term)) return tags_.contains(std::string(normal_term.substr(1)));
  const std::string wanted = WordsOf(normal_term);
  return wanted != " " && words_.find(wanted) != std::string::npos;
}

}  // namespace carillon::platform
