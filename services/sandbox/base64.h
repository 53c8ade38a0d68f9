// Base64 (RFC 4648): section 4 with its padding, section 5 ("url") without. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon::sandbox {

std::string EncodeBase64Url(std::string_view bytes);
// Nothing for what is not base64.
std::optional<std::string> DecodeBase64Url(std::string_view text);
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace carillon::sandbox
