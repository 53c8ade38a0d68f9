#include "common/jose/dpop.h"

#include "common/base/hmac.h"
#include "common/jose/jwt.h"

namespace carillon::jose {
namespace {

using Json = nlohmann::json;

constexpr char kType[] = "dpop+jwt";
constexpr int64_t kSecondsMax = 1LL << 36;

Status BadProof(std::string_view what) {
  return Refuse(Code::kInvalidArgument, "BAD_PROOF", fmt::format("this is no DPoP proof: {}", what));
}

}  // namespace

std::string MakeDpopProof(const Es256Key& key, const DpopRequest& request, absl::Time now) {
  const Json header = {{"typ", kType}, {"jwk", Json::parse(key.public_key().ToJwk())}};
  Json claims = {{"jti", NewTokenId()},
                 {"htm", request.method},
                 {"htu", std::string(DpopUrl(request.url))},
                 {"iat", absl::ToUnixSeconds(now)}};
  if (!request.nonce.empty()) claims["nonce"] = request.nonce;
  if (!request.access_token.empty()) claims["ath"] = DpopTokenHash(request.access_token);
  return SignJwt(key, header, claims);
}

Result<DpopProof> ReadDpopProof(std::string_view proof) {
  const auto jwt = ReadJwt(proof);
  if (!jwt.ok()) return BadProof(Message(jwt.status()));
  if (TextClaim(jwt->header, "typ") != kType) return BadProof("its typ is another one");
  const auto jwk = jwt->header.find("jwk");
  if (jwk == jwt->header.end() || !jwk->is_object()) return BadProof("it has no key");
  if (jwk->contains("d")) return BadProof("its key is a private one");
  const auto key = Es256PublicKey::FromJwk(jwk->dump(-1, ' ', false, Json::error_handler_t::replace));
  if (!key.ok()) return BadProof(Message(key.status()));
  if (!IsSignedBy(*jwt, *key)) return BadProof("its signature is wrong");
  DpopProof out;
  out.thumbprint = key->Thumbprint();
  out.id = TextClaim(jwt->claims, "jti");
  out.method = TextClaim(jwt->claims, "htm");
  out.url = TextClaim(jwt->claims, "htu");
  out.nonce = TextClaim(jwt->claims, "nonce");
  out.token_hash = TextClaim(jwt->claims, "ath");
  const int64_t issued_at = NumberClaim(jwt->claims, "iat");
  if (out.id.empty() || out.method.empty() || out.url.empty() || issued_at <= 0 || issued_at > kSecondsMax) {
    return BadProof("jti, htm, htu or iat is missing");
  }
  out.issued_at = absl::FromUnixSeconds(issued_at);
  return out;
}

std::string_view DpopUrl(std::string_view url) { return url.substr(0, url.find_first_of("?#")); }

std::string DpopTokenHash(std::string_view access_token) { return Base64Url(Sha256(access_token)); }

}  // namespace carillon::jose
