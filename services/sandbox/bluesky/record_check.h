// What a server demands of the records that it knows: posts, likes, reposts, follows, profiles, as their lexicons say. Pure.
//
// Stricter than a PDS in two things, so that a connector's mistake is seen: the key of a post, like, repost or follow is a TID, and
// a facet lies within its text and cuts no character.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace carillon::sandbox::bluesky {

// A blob that a record points to, and what the record's lexicon wants of it.
struct BlobUse {
  std::string cid, mime;
  int64_t bytes = 0;
  std::string accept;  // "image/*", "image/png,image/jpeg"
  int64_t bytes_max = 0;
};

bool IsKnownCollection(std::string_view collection);

// INVALID_ARGUMENT whose message is the server's: "Invalid app.bsky.feed.post record: Record/text must not be ...". Of an unknown
// collection only the blobs are found.
Result<std::vector<BlobUse>> CheckRecord(const std::string& collection,
                                         const nlohmann::json& record);
// Those of a record that nobody wants checked.
std::vector<BlobUse> BlobsIn(const nlohmann::json& record);
// Of a text that is no record's.
Status CheckFacets(std::string_view text, const nlohmann::json& facets, const std::string& path);
Status CheckKey(const std::string& collection, const std::string& rkey);

// "image/png" by "image/*", "image/png" or "*/*", or a list of these with commas.
bool MimeMatches(std::string_view mime, std::string_view patterns);

}  // namespace carillon::sandbox::bluesky
