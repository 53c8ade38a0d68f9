// How long a reply is where it goes. Pure. It is the check at the door, so that a person hears at
// once; the publisher's connector has the last word, and this never counts more than it does.
#pragma once

#include <cstdint>
#include <string_view>

namespace carillon::listener {

// Grapheme clusters, each URL as `url_characters` (0: as it is written); on Mastodon "@user@host"
// counts as "@user" (https://docs.joinmastodon.org/user/posting/#text).
int64_t CountReply(std::string_view platform, std::string_view text, int url_characters);

}  // namespace carillon::listener
