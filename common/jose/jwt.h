// JSON Web Tokens (RFC 7519) in the compact form of JWS (RFC 7515), signed by ES256 and nothing else. Pure but for NewTokenId().
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/jose/es256.h"

namespace carillon::jose {

// `header` gets "alg".
std::string SignJwt(const Es256Key& key, nlohmann::json header, const nlohmann::json& claims);

struct Jwt {
  nlohmann::json header, claims;  // objects
  std::string signed_text;        // what the signature is over
  std::string signature;
};
// Not verified yet. INVALID_ARGUMENT with BAD_JWT for what is none, is longer than 16 KB, or has another alg than ES256. No error holds
// any of it.
Result<Jwt> ReadJwt(std::string_view text);
inline bool IsSignedBy(const Jwt& jwt, const Es256PublicKey& key) { return key.Verifies(jwt.signed_text, jwt.signature); }

// "" where it is missing or no text; 0 where it is no number.
std::string TextClaim(const nlohmann::json& object, const char* name);
int64_t NumberClaim(const nlohmann::json& object, const char* name);

// For "jti": 128 random bits.
std::string NewTokenId();

}  // namespace carillon::jose
