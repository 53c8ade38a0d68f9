// A part of a post that X makes into a link.
#pragma once

#include <string>

#include "common/text/range.h"

namespace carillon::twitter_text {

struct Entity {
  enum class Kind { kUrl, kMention, kList, kHashtag, kCashtag };

  Kind kind = Kind::kUrl;
  text::TextRange range;  // with the sign before it
  std::string value;      // the URL as it stands, or the name without its sign
  std::string list;       // of a kList: the name after the slash

  bool operator==(const Entity&) const = default;
};

}  // namespace carillon::twitter_text
