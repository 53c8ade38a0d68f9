// What the targets share: input as text, and the planted crash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/check.h"

// The target's entry, in each target's file.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace carillon::fuzz {

// Crashes the target where all steps hold, in the preset fuzz-planted alone: it proves that fuzzing gets behind valid structure. How often
// the loop goes round is coverage, so that an input that takes one step more is kept.
inline void Planted([[maybe_unused]] std::initializer_list<bool> steps) {
#ifdef CARILLON_FUZZ_PLANTED
  for (const bool step : steps) {
    if (!step) return;
  }
  CARILLON_CHECK(false, "the planted crash");
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
