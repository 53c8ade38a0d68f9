// UTF-8 text as people count it. Pure functions, thread-safe; nothing blocks. Time and memory are linear in the text.
//
// A grapheme cluster is what a reader takes for one character (Unicode UAX #29, extended): "👩‍👩‍👧" is one, "e" with a combining
// accent is one, CR LF is one. The rules are those of the ICU that is linked (72: Unicode 15.0).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon::text {

// True for well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool IsValidUtf8(std::string_view text);

// Where text is not valid UTF-8, each broken sequence counts as U+FFFD does.
int64_t CountGraphemes(std::string_view text);
int64_t CountCodePoints(std::string_view text);
// What JavaScript and Java call the length of a string.
int64_t CountUtf16Units(std::string_view text);

// Canonical composition (NFC, UAX #15); the text itself where it is not valid UTF-8.
std::string NormalizeNfc(std::string_view text);

// Every run of white space (Unicode White_Space) becomes one space, and none stays at the ends.
std::string CollapseSpace(std::string_view text);

// The longest start of `text` of at most `bytes_max` bytes that does not end inside a code point.
std::string_view Truncate(std::string_view text, size_t bytes_max);

}  // namespace carillon::text
