// How a client with a key proves to an authorization server who it is: private_key_jwt (OpenID Connect Core 9, RFC 7523 2.2).
#pragma once

#include <absl/time/time.h>

#include <string>

#include "common/jose/es256.h"

namespace carillon::jose {

inline constexpr char kClientAssertionType[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// For one request within a minute. "kid" is the key's thumbprint, as ToClientJwk() has it. `audience`: the server's issuer.
std::string MakeClientAssertion(const Es256Key& key, const std::string& client_id, const std::string& audience,
                                absl::Time now);
// The public key as a client's document shows it, with kid, alg and use.
std::string ToClientJwk(const Es256PublicKey& key);

}  // namespace carillon::jose
