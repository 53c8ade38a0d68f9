// "@name" and "@name/list". Pure; linear in the text. In order, none overlapping; none where `text` is not valid UTF-8.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/twitter_text/entity.h"

namespace carillon::twitter_text {

// Not in e-mail addresses and words, but right after "RT". URLs are not looked for: FindEntities() does.
std::vector<Entity> FindMentions(std::string_view text, uint64_t* steps = nullptr);

// The mention that a reply begins with, after spaces.
std::optional<Entity> FindReply(std::string_view text);

}  // namespace carillon::twitter_text
