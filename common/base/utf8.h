// Texts that go into events and errors are UTF-8: protobuf writes anything and reads nothing else. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace carillon {

// The longest start of `text` of at most `bytes_max` bytes that does not end inside a code point.
std::string_view CutUtf8(std::string_view text, size_t bytes_max);

// `text` with U+FFFD for each byte that belongs to no well-formed code point (RFC 3629).
std::string ReplaceBrokenUtf8(std::string_view text);

}  // namespace carillon
