// Language tags (BCP 47), as a post names its languages. Pure; linear but for what repeats, of which there is little.
#pragma once

#include <string_view>

namespace carillon::atproto_syntax {

// Well-formed and valid by RFC 5646, as far as that can be told without its registry: no variant and no extension stands twice. The
// language itself has two or three small letters: "de", "pt-BR", "zh-Hant"; or the tag is an old one that was kept ("i-navajo"), or
// private ("x-...").
bool IsLanguage(std::string_view text);

}  // namespace carillon::atproto_syntax
