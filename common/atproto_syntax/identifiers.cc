#include "common/atproto_syntax/identifiers.h"

#include <algorithm>
#include <cstddef>

namespace carillon::atproto_syntax {
namespace {

constexpr size_t kDidMax = 2048;
constexpr size_t kDomainMax = 253;
constexpr size_t kNsidMax = 317;
constexpr size_t kLabelMax = 63;
constexpr size_t kRecordKeyMax = 512;

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsLetter(char c) { return IsLower(c) || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlnum(char c) { return IsLetter(c) || IsDigit(c); }
bool IsOneOf(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

template <typename Accept>
bool IsAll(std::string_view text, Accept accept) {
  return std::all_of(text.begin(), text.end(), accept);
}

// A label of a host name.
bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= kLabelMax && IsAlnum(label.front()) && IsAlnum(label.back()) &&
         IsAll(label, [](char c) { return IsAlnum(c) || c == '-'; });
}

// Labels with dots between; how many, or 0 where one is none.
int CountLabels(std::string_view host) {
  int labels = 0;
  for (size_t begin = 0; begin <= host.size(); ++labels) {
    const size_t end = std::min(host.find('.', begin), host.size());
    if (!IsLabel(host.substr(begin, end - begin))) return 0;
    begin = end + 1;
  }
  return labels;
}

}  // namespace

bool IsDid(std::string_view text) {
  constexpr std::string_view kScheme = "did:";
  if (text.size() > kDidMax || !text.starts_with(kScheme)) return false;
  const std::string_view rest = text.substr(kScheme.size());
  const size_t colon = rest.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == rest.size()) return false;
  const std::string_view id = rest.substr(colon + 1);
  return IsAll(rest.substr(0, colon), IsLower) && !IsOneOf(id.back(), ":%") &&
         IsAll(id, [](char c) { return IsAlnum(c) || IsOneOf(c, "._:%-"); });
}

bool IsHandle(std::string_view text) {
  return text.size() <= kDomainMax && CountLabels(text) >= 2 && IsLetter(text[text.rfind('.') + 1]);
}

bool IsAtIdentifier(std::string_view text) {
  return text.starts_with("did:") ? IsDid(text) : IsHandle(text);
}

// A domain, its parts the other way round, and a name.
bool IsNsid(std::string_view text) {
  const size_t dot = text.rfind('.');
  if (text.size() > kNsidMax || dot == std::string_view::npos) return false;
  const std::string_view authority = text.substr(0, dot);
  const std::string_view name = text.substr(dot + 1);
  return CountLabels(authority) >= 2 && IsLetter(authority.front()) && !name.empty() && name.size() <= kLabelMax &&
         IsLetter(name.front()) && IsAll(name, IsAlnum);
}

bool IsRecordKey(std::string_view text) {
  return !text.empty() && text.size() <= kRecordKeyMax && text != "." && text != ".." &&
         IsAll(text, [](char c) { return IsAlnum(c) || IsOneOf(c, "_~.:-"); });
}

}  // namespace carillon::atproto_syntax
