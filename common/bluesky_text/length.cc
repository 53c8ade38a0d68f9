#include "common/bluesky_text/length.h"

#include "common/text/utf8.h"

namespace carillon::bluesky_text {

Length Measure(std::string_view text) { return {text::CountGraphemes(text), static_cast<int64_t>(text.size())}; }

bool Fits(const Length& length, const Limits& limits) {
  return length.graphemes <= limits.graphemes_max && length.bytes <= limits.bytes_max;
}

}  // namespace carillon::bluesky_text
