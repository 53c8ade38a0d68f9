// application/x-www-form-urlencoded, both ways, and percent-encoding (WHATWG URL, section 5; RFC 3986 2.1). Pure.
// EncodeForm and EncodeComponent are declared in client.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/http/client.h"

namespace carillon::http {

// Decodes "%41" and, where `plus_is_space`, "+". A broken escape stands for itself, as browsers do.
std::string DecodeComponent(std::string_view text, bool plus_is_space);

// The fields of a query or body in their order; at most `fields_max`, nothing if there are more.
std::optional<FormFields> ParseForm(std::string_view text, size_t fields_max = 1000);

}  // namespace carillon::http
