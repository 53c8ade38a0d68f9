// A part of a text.
#pragma once

#include <cstddef>
#include <string_view>

namespace carillon::text {

struct TextRange {
  size_t begin = 0;  // bytes
  size_t end = 0;    // one past the last

  bool operator==(const TextRange&) const = default;
};

inline std::string_view Slice(std::string_view text, TextRange range) {
  return text.substr(range.begin, range.end - range.begin);
}

}  // namespace carillon::text
