// How long a post is for X. Pure; linear in the text.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/text/range.h"
#include "common/twitter_text/config.h"

namespace carillon::twitter_text {

struct WeightedLength {
  int64_t length = 0;
  int64_t permillage = 0;  // of what is allowed; 1000 is full
  bool valid = false;      // not empty, not too long, and without invalid characters
  text::TextRange valid_range;  // the longest start of the text that could be posted; never ends inside a URL or an emoji
};

// Of `text` in NFC: each URL counts as one length, each emoji as one weight, each other code point by its range. The valid range is
// one of `text` as it was given. Text that is not UTF-8 is not valid, and nothing else is said of it.
WeightedLength MeasureWeighted(std::string_view text, const Config& config = {}, uint64_t* steps = nullptr);

}  // namespace carillon::twitter_text
