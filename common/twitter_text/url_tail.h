// What may follow the host of a URL in running text. Pure; linear. Each gives where its part ends, or `begin` if it is not there.
#pragma once

#include <cstddef>

#include "common/text/code_points.h"

namespace carillon::twitter_text {

size_t PortEnd(const text::CodePoints& text, size_t begin);
size_t PathEnd(const text::CodePoints& text, size_t begin);
size_t QueryEnd(const text::CodePoints& text, size_t begin);

struct UrlTail {
  size_t end = 0;
  bool has_path = false;
};
// All three, one after the other.
UrlTail ReadUrlTail(const text::CodePoints& text, size_t host_end);

}  // namespace carillon::twitter_text
