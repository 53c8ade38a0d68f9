// Emoji as Unicode recommends them for interchange (RGI_Emoji of the linked ICU), which is what platforms draw as one sign. Pure; the
// first call of a process builds the table.
#pragma once

#include <cstddef>

#include "common/text/code_points.h"

namespace carillon::twitter_text {

// The end of the longest emoji that begins at `at`: with its joiners, skin tones, flags and keycaps; `at` if none does. A character
// that is an emoji only in emoji style (U+FE0F) is none without it, save that a keycap may lack it.
size_t EmojiEnd(const text::CodePoints& text, size_t at);

}  // namespace carillon::twitter_text
