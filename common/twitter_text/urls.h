// Where X sees URLs: "https://example.com/path", and "example.com/path" without its scheme. Pure; linear in the text.
//
// A host ends in a top-level domain that exists; its last two labels have no underscore; a path may hold balanced parentheses (one
// pair inside another) and does not end in punctuation; nothing stands right before it that makes it part of a word, an e-mail
// address, a mention or a tag. Without scheme a host is ASCII and Latin letters only, so that it can stand between ideographs.
// What follows the code of a t.co link is not part of it, but for a query.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/text/range.h"

namespace carillon::twitter_text {

// In order, none overlapping. `text` must be valid UTF-8; otherwise there are none. `steps`, if given, gets what was read.
std::vector<text::TextRange> FindUrls(std::string_view text, uint64_t* steps = nullptr);

}  // namespace carillon::twitter_text
