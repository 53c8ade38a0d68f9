#include "common/jose/client_assertion.h"

#include "common/jose/jwt.h"

namespace carillon::jose {
namespace {

constexpr absl::Duration kLifetime = absl::Minutes(1);

}  // namespace

std::string MakeClientAssertion(const Es256Key& key, const std::string& client_id, const std::string& audience,
                                absl::Time now) {
  return SignJwt(key, {{"typ", "JWT"}, {"kid", key.public_key().Thumbprint()}},
                 {{"iss", client_id},
                  {"sub", client_id},
                  {"aud", audience},
                  {"jti", NewTokenId()},
                  {"iat", absl::ToUnixSeconds(now)},
                  {"exp", absl::ToUnixSeconds(now + kLifetime)}});
}

std::string ToClientJwk(const Es256PublicKey& key) {
  nlohmann::json jwk = nlohmann::json::parse(key.ToJwk());
  jwk["kid"] = key.Thumbprint();
  jwk["alg"] = "ES256";
  jwk["use"] = "sig";
  return jwk.dump();
}

}  // namespace carillon::jose
