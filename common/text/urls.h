// Finds http and https URLs in running text, where social platforms see them. Pure; linear in the text.
//
// The grammar is that of twitter-text with the wider paths that Mastodon gives it (lib/config/initializers/twitter_regex.rb): a
// host of at least two labels, whose last looks like a top-level domain; a path that may hold balanced parentheses and never ends
// in punctuation; a query; and no letter, digit, @, # or $ right before it. Two things are decided without the list of top-level
// domains, which grows weekly: two or more letters, or "xn--", count as one. Addresses in figures and "localhost" are not URLs.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/text/range.h"

namespace carillon::text {

// In order, none overlapping. `text` must be valid UTF-8; otherwise there are none. `steps`, if given, gets what was read.
std::vector<TextRange> FindUrls(std::string_view text, uint64_t* steps = nullptr);

}  // namespace carillon::text
