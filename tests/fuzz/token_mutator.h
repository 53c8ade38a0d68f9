// Changes text by its tokens (cells, arguments, JSON strings): one is replaced by another one of the input or by a word of the target's,
// repeated, moved or dropped. For the custom mutators of text formats, in turn with libFuzzer's own change of bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

// libFuzzer's own change of bytes.
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t size_max);

namespace carillon::fuzz {

// A custom mutator's result. `marks` are the characters between tokens, the first of them the most common one.
size_t MutateTokens(uint8_t* data, size_t size, size_t size_max, unsigned seed, std::string_view marks,
                    std::initializer_list<std::string_view> words);

}  // namespace carillon::fuzz
