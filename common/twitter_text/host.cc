#include "common/twitter_text/host.h"

#include <unicode/uidna.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

#include "common/base/check.h"
#include "common/text/utf8.h"
#include "common/tld/tld.h"
#include "common/twitter_text/characters.h"

namespace carillon::twitter_text {
namespace {

using text::CodePoints;

constexpr size_t kLabelMax = 63;
constexpr std::string_view kAsciiForm = "xn--";

// What may not follow a top-level domain: then it was a part of a longer word, or of an e-mail address.
bool ContinuesWord(UChar32 c) { return text::IsAsciiAlnum(c) || text::IsOneOf(c, "@+-"); }

bool HasAsciiForm(std::string_view label) {
  if (label.size() < kAsciiForm.size()) return false;
  return std::equal(kAsciiForm.begin(), kAsciiForm.end(), label.begin(),
                    [](char lower, char c) { return lower == c || (lower >= 'a' && (c | 0x20) == lower); });
}

struct ReadLabel {
  size_t end = 0;
  bool valid = false;  // begins and ends with a host character
  size_t plain_begin = 0;
};

ReadLabel Read(const CodePoints& text, size_t begin) {
  ReadLabel label{.end = begin, .plain_begin = begin};
  bool begins_well = false;
  bool ends_well = false;
  while (true) {
    size_t next = label.end;
    const UChar32 c = text.Read(next);
    const bool host = IsHostChar(c);
    if (!host && c != '-' && c != '_') break;
    if (label.end == begin) begins_well = host;
    ends_well = host;
    label.end = next;
    if (c == '_') label.plain_begin = next;
  }
  label.valid = begins_well && ends_well;
  return label;
}

const UIDNA& Idna() {
  static const UIDNA* rules = [] {
    UErrorCode error = U_ZERO_ERROR;
    const UIDNA* opened = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII, &error);
    CARILLON_CHECK(U_SUCCESS(error), "ICU has no IDNA: {}", u_errorName(error));
    return opened;
  }();
  return *rules;
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The length of a label in its ASCII form; more than kLabelMax if DNS cannot hold it.
size_t AsciiLabelLength(std::string_view label) {
  if (IsAscii(label)) return label.size();
  if (text::CountCodePoints(label) > static_cast<int64_t>(kLabelMax)) return kLabelMax + 1;
  std::array<char, 1024> ascii;
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  UErrorCode error = U_ZERO_ERROR;
  const int32_t length = uidna_labelToASCII_UTF8(&Idna(), label.data(), static_cast<int32_t>(label.size()), ascii.data(),
                                                 ascii.size(), &info, &error);
  if (U_FAILURE(error) || (info.errors & UIDNA_ERROR_LABEL_TOO_LONG) != 0) return kLabelMax + 1;
  return static_cast<size_t>(length);
}

// After the label at `begin`: IDNA takes the ideographic and the wide full stops for dots, too.
size_t DnsLabelEnd(const CodePoints& host, size_t begin) {
  size_t end = begin;
  while (end < host.size()) {
    size_t next = end;
    const UChar32 c = host.Read(next);
    if (c == '.' || c == 0x3002 || c == 0xFF0E || c == 0xFF61) break;
    end = next;
  }
  return end;
}

}  // namespace

size_t LabelEnd(const CodePoints& text, size_t begin) { return Read(text, begin).end; }

size_t TopLevelEnd(const CodePoints& text, std::string_view label, size_t at) {
  if (HasAsciiForm(text.Slice(at, std::min(text.size(), at + kAsciiForm.size())))) {
    const size_t begin = at + kAsciiForm.size();
    size_t end = begin;
    while (text::IsAsciiAlnum(text.At(end)) || text.At(end) == '-') ++end;
    return end > begin ? end : at;
  }
  size_t best = at;
  for (size_t end = at; end - at < kLabelMax && IsHostChar(text.At(end));) {
    end = text.Next(end);
    if (!ContinuesWord(text.At(end)) && tld::IsTopLevelDomain(text.Slice(at, end), label)) best = end;
  }
  return best;
}

HostRun::HostRun(const CodePoints& text, size_t begin) {
  for (size_t at = begin;;) {
    const ReadLabel label = Read(text, at);
    resume_ = at > begin ? at : label.end;
    if (!label.valid || text.At(label.end) != '.') break;
    const size_t top = TopLevelEnd(text, text.Slice(at, label.end), label.end + 1);
    labels_.push_back({at, label.end, label.plain_begin, top > label.end + 1 ? top : 0});
    if (labels_.back().top_end != 0) {
      last_top_ = labels_.size();
      if (label.plain_begin == at) last_host_ = labels_.size();
    }
    at = label.end + 1;
  }
}

std::optional<HostRun::Match> HostRun::MatchAt(size_t at) const {
  auto after = std::upper_bound(labels_.begin(), labels_.end(), at,
                                [](size_t place, const Label& label) { return place < label.begin; });
  if (after == labels_.begin() || at >= std::prev(after)->end) return std::nullopt;
  const auto index = static_cast<size_t>(std::prev(after) - labels_.begin());
  const Label& label = labels_[index];
  Match match{.resume = resume_};
  if (last_host_ > index + 1) {
    match.end = labels_[last_host_ - 1].top_end;
  } else if (at >= label.plain_begin && label.top_end != 0) {
    match.end = label.top_end;
  } else if (last_top_ > index) {
    match.rejected_end = labels_[last_top_ - 1].top_end;
  }
  return match;
}

bool IsLatinHostChar(UChar32 c) { return text::IsAsciiAlnum(c) || c == '-' || IsLatinAccent(c); }

size_t AsciiLength(std::string_view host) {
  const CodePoints points(host);
  if (HasAsciiForm(host)) {  // then it is no other form up to the top-level domain
    const size_t last_dot = host.rfind('.');
    for (size_t at = 0; at < last_dot;) {
      const UChar32 c = points.Read(at);
      if (!IsLatinHostChar(c) && c != '.') return 0;
    }
  }
  size_t length = 0;
  for (size_t at = 0; at < host.size();) {
    const size_t end = DnsLabelEnd(points, at);
    const size_t label = AsciiLabelLength(points.Slice(at, end));
    if (label > kLabelMax) return 0;
    length += label + 1;
    at = end < host.size() ? points.Next(end) : end;
  }
  return length > 0 ? length - 1 : 0;
}

}  // namespace carillon::twitter_text
