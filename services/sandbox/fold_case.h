// Letters of both cases as one, by Unicode's case folding: what the searches of the platforms compare.
#pragma once

#include <unicode/unistr.h>

#include <string>

namespace carillon::sandbox {

inline std::string FoldCase(const std::string& text) {
  std::string out;
  icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size()))).foldCase().toUTF8String(out);
  return out;
}

}  // namespace carillon::sandbox
