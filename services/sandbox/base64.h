// Base64 by its names in the sandbox; common/base/hmac.h has it. Pure.
#pragma once

#include "common/base/hmac.h"

namespace carillon::sandbox {

inline std::string EncodeBase64Url(std::string_view bytes) { return Base64Url(bytes); }
inline std::optional<std::string> DecodeBase64Url(std::string_view text) { return FromBase64Url(text); }
inline std::optional<std::string> DecodeBase64(std::string_view text) { return FromBase64(text); }

}  // namespace carillon::sandbox
