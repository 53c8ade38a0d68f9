#include "common/jose/es256.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <nlohmann/json.hpp>

#include "common/base/check.h"
#include "common/base/hmac.h"

namespace carillon::jose {
namespace {

using Json = nlohmann::json;

constexpr size_t kFieldBytes = 32;  // of a coordinate, of a private key, of R and of S
constexpr size_t kJwkBytesMax = 8'192;
constexpr char kGroup[] = "P-256";

template <typename T, void (*kFree)(T*)>
struct Freed {
  void operator()(T* what) const { kFree(what); }
};
using BigNumber = std::unique_ptr<BIGNUM, Freed<BIGNUM, BN_clear_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM, OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX, EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG, ECDSA_SIG_free>>;

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

Status BadKey(std::string_view what) {
  return Refuse(Code::kInvalidArgument, "BAD_KEY", fmt::format("this is no key (JWK): {}", what));
}

BigNumber ToNumber(std::string_view bytes) {
  BigNumber number(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
  CARILLON_CHECK(number != nullptr, "OpenSSL is out of memory");
  return number;
}

std::string ToField(const BIGNUM* number) {
  std::string out(kFieldBytes, '\0');
  CARILLON_CHECK(BN_bn2binpad(number, Bytes(out), kFieldBytes) == static_cast<int>(kFieldBytes),
                 "a number of P-256 has more than 32 bytes");
  return out;
}

std::string FieldOf(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  CARILLON_CHECK(EVP_PKEY_get_bn_param(key, name, &number) == 1, "OpenSSL does not tell '{}' of a key", name);
  return ToField(BigNumber(number).get());
}

std::shared_ptr<EVP_PKEY> Share(EVP_PKEY* key) { return {key, &EVP_PKEY_free}; }

// Null where x and y are no point of the curve, or d is none of its private keys. `d` may be empty.
std::shared_ptr<EVP_PKEY> MakeKey(const std::string& x, const std::string& y, const std::string& d) {
  const std::string point = '\x04' + x + y;
  const BigNumber secret = d.empty() ? nullptr : ToNumber(d);
  const Builder builder(OSSL_PARAM_BLD_new());
  bool good = builder != nullptr &&
              OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, kGroup, 0) == 1 &&
              OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1;
  if (good && secret) good = OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get()) == 1;
  const Params params(good ? OSSL_PARAM_BLD_to_param(builder.get()) : nullptr);
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return Share(key);
}

Result<Json> ReadJwk(std::string_view text) {
  if (text.size() > kJwkBytesMax) return BadKey("it is too long");
  Json jwk = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!jwk.is_object()) return BadKey("it is no JSON object");
  return jwk;
}

std::string TextOf(const Json& jwk, const char* name) {
  const auto found = jwk.find(name);
  return found != jwk.end() && found->is_string() ? found->get<std::string>() : "";
}

Result<std::string> FieldIn(const Json& jwk, const char* name) {
  const auto bytes = FromBase64Url(TextOf(jwk, name));
  if (!bytes || bytes->size() != kFieldBytes) return BadKey(fmt::format("{} is not 32 bytes in base64url", name));
  return *bytes;
}

Status CheckKind(const Json& jwk) {
  if (TextOf(jwk, "kty") == "EC" && TextOf(jwk, "crv") == kGroup) return Ok();
  return BadKey("it is not one of P-256");
}

}  // namespace

Result<Es256PublicKey> Es256PublicKey::FromJwk(std::string_view jwk) {
  ASSIGN_OR_RETURN(const Json json, ReadJwk(jwk));
  RETURN_IF_ERROR(CheckKind(json));
  Es256PublicKey out;
  ASSIGN_OR_RETURN(out.x_, FieldIn(json, "x"));
  ASSIGN_OR_RETURN(out.y_, FieldIn(json, "y"));
  out.key_ = MakeKey(out.x_, out.y_, "");
  if (out.key_ == nullptr) return BadKey("x and y are no point of the curve");
  return out;
}

std::string Es256PublicKey::ToJwk() const {
  return Json{{"kty", "EC"}, {"crv", kGroup}, {"x", Base64Url(x_)}, {"y", Base64Url(y_)}}.dump();
}

std::string Es256PublicKey::Thumbprint() const { return ThumbprintOf(ToJwk()).value(); }

bool Es256PublicKey::Verifies(std::string_view message, std::string_view signature) const {
  if (signature.size() != 2 * kFieldBytes) return false;
  BigNumber r = ToNumber(signature.substr(0, kFieldBytes)), s = ToNumber(signature.substr(kFieldBytes));
  const Signature pair(ECDSA_SIG_new());
  CARILLON_CHECK(pair != nullptr && ECDSA_SIG_set0(pair.get(), r.release(), s.release()) == 1, "OpenSSL is out of memory");
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  CARILLON_CHECK(size > 0, "OpenSSL is out of memory");
  const std::string text(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  const DigestContext context(EVP_MD_CTX_new());
  return context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(std::string_view(text)), text.size(), Bytes(message), message.size()) == 1;
}

Es256Key Es256Key::New() {
  Es256Key out;
  out.key_ = Share(EVP_EC_gen(kGroup));
  CARILLON_CHECK(out.key_ != nullptr, "OpenSSL makes no key");
  out.d_ = FieldOf(out.key_.get(), OSSL_PKEY_PARAM_PRIV_KEY);
  out.public_.x_ = FieldOf(out.key_.get(), OSSL_PKEY_PARAM_EC_PUB_X);
  out.public_.y_ = FieldOf(out.key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y);
  out.public_.key_ = out.key_;
  return out;
}

Result<Es256Key> Es256Key::FromJwk(std::string_view jwk) {
  ASSIGN_OR_RETURN(const Json json, ReadJwk(jwk));
  RETURN_IF_ERROR(CheckKind(json));
  Es256Key out;
  ASSIGN_OR_RETURN(out.public_.x_, FieldIn(json, "x"));
  ASSIGN_OR_RETURN(out.public_.y_, FieldIn(json, "y"));
  ASSIGN_OR_RETURN(out.d_, FieldIn(json, "d"));
  out.key_ = MakeKey(out.public_.x_, out.public_.y_, out.d_);
  if (out.key_ == nullptr) return BadKey("x, y and d are no key of the curve");
  out.public_.key_ = out.key_;
  return out;
}

std::string Es256Key::ToJwk() const {
  Json jwk = Json::parse(public_.ToJwk());
  jwk["d"] = Base64Url(d_);
  return jwk.dump();
}

std::string Es256Key::Sign(std::string_view message) const {
  const DigestContext context(EVP_MD_CTX_new());
  size_t size = 0;
  bool good = context != nullptr && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &size, Bytes(message), message.size()) == 1;
  std::string der(size, '\0');
  good = good && EVP_DigestSign(context.get(), Bytes(der), &size, Bytes(message), message.size()) == 1;
  CARILLON_CHECK(good, "OpenSSL does not sign");
  const unsigned char* at = Bytes(std::string_view(der));
  const Signature pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  CARILLON_CHECK(pair != nullptr, "OpenSSL cannot read its own signature");
  return ToField(ECDSA_SIG_get0_r(pair.get())) + ToField(ECDSA_SIG_get0_s(pair.get()));
}

Result<std::string> ThumbprintOf(std::string_view jwk) {
  ASSIGN_OR_RETURN(const Json json, ReadJwk(jwk));
  const std::string kind = TextOf(json, "kty");
  Json needed = {{"kty", kind}};  // sorted by name, without spaces, as dump() writes it
  const std::vector<const char*> members = kind == "EC"    ? std::vector<const char*>{"crv", "x", "y"}
                                           : kind == "RSA" ? std::vector<const char*>{"e", "n"}
                                           : kind == "OKP" ? std::vector<const char*>{"crv", "x"}
                                                           : std::vector<const char*>{};
  if (members.empty()) return BadKey("it is of no kind that is known here");
  for (const char* name : members) {
    needed[name] = TextOf(json, name);
    if (TextOf(json, name).empty()) return BadKey(fmt::format("it has no {}", name));
  }
  return Base64Url(Sha256(needed.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

}  // namespace carillon::jose
