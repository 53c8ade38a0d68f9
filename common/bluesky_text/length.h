// How long a post is for Bluesky: in grapheme clusters, and in bytes of UTF-8; both are limited. Pure; linear.
#pragma once

#include <cstdint>
#include <string_view>

namespace carillon::bluesky_text {

// As the lexicon app.bsky.feed.post has it; a facts file may override it.
struct Limits {
  int64_t graphemes_max = 300;
  int64_t bytes_max = 3000;
};

struct Length {
  int64_t graphemes = 0;
  int64_t bytes = 0;

  bool operator==(const Length&) const = default;
};

Length Measure(std::string_view text);
bool Fits(const Length& length, const Limits& limits);

}  // namespace carillon::bluesky_text
