#include "common/atproto_syntax/at_uri.h"

#include <cstddef>

#include "common/atproto_syntax/identifiers.h"

namespace carillon::atproto_syntax {
namespace {

constexpr std::string_view kScheme = "at://";
constexpr size_t kUriMax = 8 << 10;

// Takes what stands before the next slash, and the slash. False where there is no slash to take: then `rest` is empty.
bool TakePart(std::string_view& rest, std::string& part) {
  const size_t slash = rest.find('/');
  part = rest.substr(0, slash);
  rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
  return slash != std::string_view::npos;
}

}  // namespace

std::optional<AtUri> ParseAtUri(std::string_view text) {
  if (text.size() > kUriMax || !text.starts_with(kScheme)) return std::nullopt;
  std::string_view rest = text.substr(kScheme.size());
  AtUri uri;
  const bool more = TakePart(rest, uri.authority);
  if (!IsAtIdentifier(uri.authority)) return std::nullopt;
  if (!more) return uri;
  const bool record = TakePart(rest, uri.collection);
  if (!IsNsid(uri.collection)) return std::nullopt;
  if (!record) return uri;
  uri.record_key = rest;
  if (!IsRecordKey(uri.record_key)) return std::nullopt;
  return uri;
}

std::string FormatAtUri(const AtUri& uri) {
  std::string out(kScheme);
  out += uri.authority;
  if (uri.collection.empty()) return out;
  out += "/" + uri.collection;
  return uri.record_key.empty() ? out : out + "/" + uri.record_key;
}

}  // namespace carillon::atproto_syntax
