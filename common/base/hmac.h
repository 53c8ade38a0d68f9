// Message authentication (RFC 2104 with SHA-256), for URLs and webhooks. Pure.
#pragma once

#include <string>
#include <string_view>

namespace carillon {

// 32 bytes. A key may have any length.
std::string HmacSha256(std::string_view key, std::string_view message);
std::string Base64(std::string_view bytes);     // RFC 4648 4
std::string Base64Url(std::string_view bytes);  // RFC 4648 5, without padding
// In constant time for texts of one length.
bool IsSameSecret(std::string_view expected, std::string_view given);

}  // namespace carillon
