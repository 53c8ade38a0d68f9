// Whether a post has a term that somebody listens for. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace carillon::platform {

inline constexpr size_t kTermBytesMax = 200;

// As terms are kept and compared: case folded, one space between words. INVALID_ARGUMENT with BAD_TERM for what has no letter or digit, a
// hashtag of several words, bad UTF-8, or more than kTermBytesMax.
Result<std::string> NormalTerm(std::string_view term);

bool IsHashtag(std::string_view term);  // "#tag"

// A post's words, to be asked for many terms.
class PostWords {
 public:
  // `tags` are hashtags that the text need not show, without "#".
  PostWords(std::string_view text, const std::vector<std::string>& tags);

  // The term's words stand in the text one after another, as whole words: "glocke" is in "Die Glocke!", not in "Glockenturm". Where a script
  // has no spaces each of its characters is a word. A hashtag is in the text with its "#", or among the tags.
  bool Has(std::string_view normal_term) const;

 private:
  std::string words_;           // " die glocke "
  std::set<std::string> tags_;  // folded
};

}  // namespace carillon::platform
