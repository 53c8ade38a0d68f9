// The classes of characters that X's entities are made of.
#pragma once

#include <unicode/umachine.h>

namespace carillon::twitter_text {

bool IsSpace(UChar32 c);
// Byte order marks and non-characters: no valid post holds one.
bool IsInvalid(UChar32 c);
// ASCII punctuation, but for the quotation mark and the backtick, which X lets stand in hosts.
bool IsPunctuation(UChar32 c);
// Letters of the Latin alphabets beyond ASCII, and combining accents.
bool IsLatinAccent(UChar32 c);
bool IsCyrillic(UChar32 c);
// May stand in a label of a host, at any place.
bool IsHostChar(UChar32 c);
// "@" or its full-width form; "#" or its full-width form.
bool IsAtSign(UChar32 c);
bool IsHashSign(UChar32 c);

}  // namespace carillon::twitter_text
