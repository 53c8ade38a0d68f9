// Changes a text by its structure, with words that fit where they go, so that valid inputs mostly stay valid: what is behind the checks is
// reached by steps. For the custom mutators of text formats, in turn with token_mutator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace carillon::fuzz {

using Words = std::vector<std::string_view>;

// CSV: a cell below the header becomes a word of its column, or a line is repeated, moved or dropped.
size_t MutateTable(uint8_t* data, size_t size, size_t size_max, unsigned seed, const std::vector<Words>& columns);

// Headers and JSON: the value after a name (`X-Name: value`, `"name":value`) becomes another one.
size_t MutateFields(uint8_t* data, size_t size, size_t size_max, unsigned seed, const Words& values);

// One argument a line, up to the first empty line: an option (with its value in the same word, after a line end) is put in or taken out.
size_t MutateArguments(uint8_t* data, size_t size, size_t size_max, unsigned seed, const Words& options);

}  // namespace carillon::fuzz
