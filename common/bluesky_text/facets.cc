#include "common/bluesky_text/facets.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <optional>

#include "common/atproto_syntax/identifiers.h"
#include "common/text/code_points.h"
#include "common/text/utf8.h"
#include "common/tld/tld.h"

namespace carillon::bluesky_text {
namespace {

using text::CodePoints;

constexpr int64_t kTagGraphemesMax = 64;
constexpr size_t kTagBytesMax = 640;
constexpr UChar32 kEmojiStyle = 0xFE0F;

bool IsSpace(UChar32 c) { return c >= 0 && u_isUWhiteSpace(c); }
bool IsPunctuation(UChar32 c) { return c >= 0 && (U_GET_GC_MASK(c) & U_GC_P_MASK) != 0; }

bool IsOpening(UChar32 c) {
  return c == '"' || c == '<' || (c >= 0 && (U_GET_GC_MASK(c) & (U_GC_PS_MASK | U_GC_PI_MASK)) != 0);
}

bool IsHostChar(UChar32 c) { return text::IsAsciiAlnum(c) || c == '.' || c == '-'; }

// Of a run of host characters, the part up to the last letter or digit.
size_t HostEnd(const CodePoints& text, size_t begin) {
  size_t end = begin;
  for (size_t at = begin; IsHostChar(text.At(at)); ++at) {
    if (text::IsAsciiAlnum(text.At(at))) end = at + 1;
  }
  return end;
}

bool IsHost(std::string_view host) {
  return atproto_syntax::IsHandle(host) && tld::HasTopLevelDomain(host);
}

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return out;
}

// -- links --------------------------------------------------------------------------------------

// After "http://" or "https://" at `at`; `at` if neither stands there.
size_t SchemeEnd(std::string_view text, size_t at) {
  constexpr std::string_view kSchemes[] = {"https://", "http://"};
  for (const std::string_view scheme : kSchemes) {
    if (Lower(text.substr(at, scheme.size())) == scheme) return at + scheme.size();
  }
  return at;
}

size_t SpaceAfter(const CodePoints& text, size_t at) {
  while (at < text.size() && !IsSpace(text.At(at))) at = text.Next(at);
  return at;
}

// A link does not end in these.
bool IsTrailing(UChar32 c) {
  if (c == 0x2026 || c == 0x3001 || c == 0x3002) return true;  // ellipsis, ideographic comma and full stop
  return text::IsOneOf(c, ".,;:!?'\"<>") || (c >= 0 && (U_GET_GC_MASK(c) & (U_GC_PI_MASK | U_GC_PF_MASK)) != 0);
}

// The end of the link that fills [begin, end) but for punctuation.
size_t TrimmedEnd(const CodePoints& text, size_t begin, size_t end) {
  const std::string_view link = text.Slice(begin, end);
  const auto opened = std::count(link.begin(), link.end(), '(');
  auto closed = std::count(link.begin(), link.end(), ')');
  while (end > begin) {
    const UChar32 last = text.Before(end);
    if (last == ')' ? closed-- <= opened : !IsTrailing(last)) return end;
    end -= U8_LENGTH(last);
  }
  return end;
}

bool MayBeginHost(UChar32 c) { return text::IsAsciiAlnum(c) || c == '[' || (c >= 0x80 && u_isalnum(c)); }

std::optional<Facet> LinkWithScheme(const CodePoints& text, size_t begin) {
  const size_t host = SchemeEnd(text.text(), begin);
  if (host == begin || !MayBeginHost(text.At(host))) return std::nullopt;
  const size_t end = TrimmedEnd(text, begin, SpaceAfter(text, host));
  const std::string_view rest = text.Slice(host, end);
  return Facet{Facet::Kind::kLink, {begin, end}, Lower(text.Slice(begin, host)) + std::string(rest)};
}

// After ":" and digits.
size_t PortEnd(const CodePoints& text, size_t begin) {
  if (text.At(begin) != ':' || !text::IsAsciiDigit(text.At(begin + 1))) return begin;
  size_t end = begin + 1;
  while (text::IsAsciiDigit(text.At(end))) ++end;
  return end;
}

std::optional<Facet> BareLink(const CodePoints& text, size_t begin) {
  const size_t host_end = HostEnd(text, begin);
  const UChar32 after = text.At(host_end);
  if (text::IsOneOf(after, "@_") || (after >= 0x80 && u_isalnum(after))) return std::nullopt;  // part of something else
  if (!IsHost(text.Slice(begin, host_end))) return std::nullopt;
  size_t end = PortEnd(text, host_end);
  if (text::IsOneOf(text.At(end), "/?#")) end = TrimmedEnd(text, begin, SpaceAfter(text, end));
  return Facet{Facet::Kind::kLink, {begin, end}, "https://" + std::string(text.Slice(begin, end))};
}

// -- mentions and tags --------------------------------------------------------------------------

std::optional<Facet> Mention(const CodePoints& text, size_t begin) {
  const size_t end = HostEnd(text, begin + 1);
  const std::string handle = Lower(text.Slice(begin + 1, end));
  // ".test" is for handles in development.
  const bool known = handle.ends_with(".test") ? atproto_syntax::IsHandle(handle) : IsHost(handle);
  if (!known) return std::nullopt;
  return Facet{Facet::Kind::kMention, {begin, end}, handle};
}

bool EndsTag(UChar32 c) {
  return c == text::kNoCodePoint || IsSpace(c) || c == 0xAD || c == 0x2060 || (c >= 0x200A && c <= 0x200D) || c == 0x20E2;
}

std::optional<Facet> Tag(const CodePoints& text, size_t begin) {
  const size_t name = text.Next(begin);
  if (text.At(name) == kEmojiStyle) return std::nullopt;  // an emoji, not a sign
  size_t end = name;
  bool word = false;
  for (size_t at = name; !EndsTag(text.At(at));) {
    const UChar32 c = text.Read(at);
    if (IsPunctuation(c)) continue;
    end = at;
    word |= !u_isdigit(c);
  }
  const std::string_view tag = text.Slice(name, end);
  if (!word || tag.size() > kTagBytesMax || text::CountGraphemes(tag) > kTagGraphemesMax) return std::nullopt;
  return Facet{Facet::Kind::kTag, {begin, end}, std::string(tag)};
}

// What begins at `at`, before which `before` stands.
std::optional<Facet> FacetAt(const CodePoints& text, size_t at, UChar32 before) {
  const bool first = before == text::kNoCodePoint || IsSpace(before);
  if (!first && !IsOpening(before)) return std::nullopt;
  const UChar32 c = text.At(at);
  if (c == '#' || c == 0xFF03) return first ? Tag(text, at) : std::nullopt;
  if (c == '@') return Mention(text, at);
  if (!text::IsAsciiAlnum(c)) return std::nullopt;
  if (auto link = LinkWithScheme(text, at)) return link;
  return BareLink(text, at);
}

}  // namespace

std::vector<Facet> FindFacets(std::string_view text, uint64_t* steps) {
  std::vector<Facet> found;
  if (!text::IsValidUtf8(text)) return found;
  const CodePoints points(text, steps);
  UChar32 before = text::kNoCodePoint;
  for (size_t at = 0; at < text.size();) {
    if (auto facet = FacetAt(points, at, before)) {
      at = facet->range.end;
      before = points.Before(at);
      found.push_back(*std::move(facet));
    } else {
      before = points.Read(at);
    }
  }
  return found;
}

}  // namespace carillon::bluesky_text
