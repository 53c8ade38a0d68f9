// How long a post is where it goes: the check at the door, so that a person hears at once. The publisher's connector has the last
// word, and this never counts more than it does. Pure; thread-safe.
#pragma once

#include <cstdint>

#include "carillon/publisher/v1/publisher.pb.h"
#include "common/base/status.h"

namespace carillon::scheduler {

// Grapheme clusters of the text with its link in a paragraph of its own, each URL as `limits.url_characters`; on Mastodon
// "@user@host" counts as "@user" (https://docs.joinmastodon.org/user/posting/#text).
int64_t CountedLength(const publisher::v1::Content& content, const publisher::v1::Account& account);

// TEXT_TOO_LONG, BAD_MEDIA: what this account's server will not take. A limit of 0 is not known and not checked.
Status CheckForAccount(const publisher::v1::Content& content,
                       const publisher::v1::Account& account);

}  // namespace carillon::scheduler
