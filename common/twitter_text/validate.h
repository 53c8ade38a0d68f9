// Whole strings that are what X calls a user, a list, a hashtag or a URL. Pure; linear.
#pragma once

#include <string_view>

namespace carillon::twitter_text {

bool IsUser(std::string_view text);     // "@name"
bool IsList(std::string_view text);     // "@name/list"
bool IsHashtag(std::string_view text);  // "#tag"

enum class Scheme { kRequired, kOptional };

// By the grammar of RFC 3986 and 3987, http and https only, with a host of two labels or more, or an address in figures. Whether the
// host's top-level domain exists is not asked.
bool IsUrl(std::string_view text, Scheme scheme = Scheme::kRequired);

}  // namespace carillon::twitter_text
