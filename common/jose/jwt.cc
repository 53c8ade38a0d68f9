#include "common/jose/jwt.h"

#include <sodium.h>

#include "common/base/check.h"
#include "common/base/hmac.h"

namespace carillon::jose {
namespace {

using Json = nlohmann::json;

constexpr size_t kJwtBytesMax = 16 << 10;
constexpr size_t kIdBytes = 16;

std::string Part(const Json& json) { return Base64Url(json.dump(-1, ' ', false, Json::error_handler_t::replace)); }

Status BadJwt(std::string_view what) {
  return Refuse(Code::kInvalidArgument, "BAD_JWT", fmt::format("this is no JWT: {}", what));
}

Result<Json> ReadPart(std::string_view part) {
  const auto bytes = FromBase64Url(part);
  Json json = bytes ? Json::parse(*bytes, nullptr, /*allow_exceptions=*/false) : Json();
  if (!json.is_object()) return BadJwt("a part of it is no JSON object in base64url");
  return json;
}

}  // namespace

std::string SignJwt(const Es256Key& key, Json header, const Json& claims) {
  header["alg"] = "ES256";
  const std::string text = Part(header) + "." + Part(claims);
  return text + "." + Base64Url(key.Sign(text));
}

Result<Jwt> ReadJwt(std::string_view text) {
  if (text.size() > kJwtBytesMax) return BadJwt("it is too long");
  const size_t first = text.find('.');
  const size_t last = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (last == std::string_view::npos) return BadJwt("it has not three parts");
  Jwt jwt;
  ASSIGN_OR_RETURN(jwt.header, ReadPart(text.substr(0, first)));
  ASSIGN_OR_RETURN(jwt.claims, ReadPart(text.substr(first + 1, last - first - 1)));
  if (TextClaim(jwt.header, "alg") != "ES256") return BadJwt("its alg is not ES256");
  const auto signature = FromBase64Url(text.substr(last + 1));
  if (!signature) return BadJwt("its signature is not base64url");
  jwt.signed_text = text.substr(0, last);
  jwt.signature = *signature;
  return jwt;
}

std::string TextClaim(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

int64_t NumberClaim(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}

std::string NewTokenId() {
  CARILLON_CHECK(sodium_init() >= 0, "libsodium could not start");
  char bytes[kIdBytes];
  randombytes_buf(bytes, sizeof bytes);
  return Base64Url({bytes, sizeof bytes});
}

}  // namespace carillon::jose
