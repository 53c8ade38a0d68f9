#include "services/sandbox/bluesky/names.h"

#include <algorithm>

namespace carillon::sandbox::bluesky {
namespace {

constexpr size_t kUriBytesMax = 8192, kSchemeBytesMax = 80;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsScheme(char c) {
  return IsLetter(c) || (c >= '0' && c <= '9') || c == '+' || c == '.' || c == '-';
}
bool IsVisible(char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f; }

}  // namespace

bool IsUri(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > kSchemeBytesMax) return false;
  const std::string_view scheme = text.substr(0, colon), rest = text.substr(colon + 1);
  return text.size() <= kUriBytesMax && IsLetter(scheme.front()) &&
         std::all_of(scheme.begin(), scheme.end(), IsScheme) && !rest.empty() &&
         std::all_of(rest.begin(), rest.end(), IsVisible);
}

std::string RecordUri(const std::string& did, const std::string& collection,
                      const std::string& rkey) {
  return atproto_syntax::FormatAtUri({did, collection, rkey});
}

std::optional<AtUri> ParseRecordUri(std::string_view text) {
  auto uri = atproto_syntax::ParseAtUri(text);
  if (!uri || uri->record_key.empty()) return std::nullopt;
  return uri;
}

}  // namespace carillon::sandbox::bluesky
