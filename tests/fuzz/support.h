// What the targets share: input as text, and the planted crash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/check.h"

// The target's entry, in each target's file.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace carillon::fuzz {

// Crashes the target where `found` is true, in the preset fuzz-planted alone: it proves that fuzzing gets behind valid structure.
inline void Planted([[maybe_unused]] bool found) {
#ifdef CARILLON_FUZZ_PLANTED
  CARILLON_CHECK(!found, "the planted crash");
#endif
}

inline std::string_view Text(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

inline std::vector<std::string> Split(std::string_view text, char mark) {
  std::vector<std::string> out;
  size_t begin = 0;
  while (true) {
    const size_t end = text.find(mark, begin);
    out.emplace_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (end == std::string_view::npos) return out;
    begin = end + 1;
  }
}

}  // namespace carillon::fuzz
