// All that X makes a link of in a post. Pure; linear but for sorting what was found.
#pragma once

#include <string_view>
#include <vector>

#include "common/twitter_text/entity.h"

namespace carillon::twitter_text {

// In order; where two overlap, the one that begins first stays. None where `text` is not valid UTF-8.
std::vector<Entity> FindEntities(std::string_view text);

}  // namespace carillon::twitter_text
