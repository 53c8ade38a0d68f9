// at-URIs: "at://did:plc:abc/app.bsky.feed.post/3jzfcijpj2z2a". Pure; linear.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon::atproto_syntax {

struct AtUri {
  std::string authority;   // a DID or a handle
  std::string collection;  // an NSID; may be empty
  std::string record_key;  // may be empty; then a collection, or the whole repository, is meant

  bool operator==(const AtUri&) const = default;
};

// The form that records may hold: no query, no fragment, no slash at the end.
std::optional<AtUri> ParseAtUri(std::string_view text);
std::string FormatAtUri(const AtUri& uri);

}  // namespace carillon::atproto_syntax
