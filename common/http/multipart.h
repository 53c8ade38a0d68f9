// Reads multipart/form-data (RFC 7578; the delimiter rules are RFC 2046 5.1.1). Pure; the whole body is in memory, so the caller
// limits it before.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace carillon::http {

struct ReceivedPart {
  std::string name;
  std::string file_name;  // "" for a plain value
  std::string content_type;
  std::string body;
};

// `content_type` is the request's. INVALID_ARGUMENT, reason BAD_MULTIPART, for a missing boundary, a part without a name, a cut
// body, or more than `parts_max` parts.
Result<std::vector<ReceivedPart>> ParseMultipart(std::string_view content_type,
                                                 std::string_view body, size_t parts_max = 100);

}  // namespace carillon::http
