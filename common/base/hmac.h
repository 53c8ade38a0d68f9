// Hashes, message authentication (RFC 2104 with SHA-256) and base64, for URLs, webhooks and OAuth. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon {

std::string Sha256(std::string_view bytes);  // 32 bytes
// 32 bytes. A key may have any length.
std::string HmacSha256(std::string_view key, std::string_view message);
std::string Base64(std::string_view bytes);     // RFC 4648 4
std::string Base64Url(std::string_view bytes);  // RFC 4648 5, without padding
// Nothing for what is not that.
std::optional<std::string> FromBase64(std::string_view text);
std::optional<std::string> FromBase64Url(std::string_view text);
// In constant time for texts of one length.
bool IsSameSecret(std::string_view expected, std::string_view given);

}  // namespace carillon
