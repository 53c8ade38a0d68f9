// "#hashtag" and "$CASHTAG". Pure; linear in the text. In order, none overlapping; none where `text` is not valid UTF-8. URLs are not
// looked for: FindEntities() does.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/twitter_text/entity.h"

namespace carillon::twitter_text {

// Letters, marks, digits, and a few signs that words of some scripts have inside; not digits alone; not after a letter.
std::vector<Entity> FindHashtags(std::string_view text, uint64_t* steps = nullptr);

// One to six Latin letters, and one or two more after a dot or an underscore ("$BRK.A"); after a space.
std::vector<Entity> FindCashtags(std::string_view text, uint64_t* steps = nullptr);

}  // namespace carillon::twitter_text
