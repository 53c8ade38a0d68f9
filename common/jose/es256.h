// ES256 (RFC 7518 3.4): ECDSA on P-256 with SHA-256, by OpenSSL; keys as JWK (RFC 7517), and their thumbprints (RFC 7638). Keys do not
// change once made, and are thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"

struct evp_pkey_st;  // OpenSSL's

namespace carillon::jose {

class Es256PublicKey {
 public:
  // Other members than kty, crv, x and y are passed over. INVALID_ARGUMENT with BAD_KEY; no error holds any of it.
  static Result<Es256PublicKey> FromJwk(std::string_view jwk);

  std::string ToJwk() const;       // {"crv":"P-256","kty":"EC","x":...,"y":...}
  std::string Thumbprint() const;  // base64url(SHA-256)
  // `signature` is R and S, 64 bytes.
  bool Verifies(std::string_view message, std::string_view signature) const;

 private:
  friend class Es256Key;
  Es256PublicKey() = default;

  std::shared_ptr<evp_pkey_st> key_;
  std::string x_, y_;  // 32 bytes each
};

class Es256Key {
 public:
  static Es256Key New();
  // A private JWK. Errors as above. That d belongs to x and y is not looked at: we made it.
  static Result<Es256Key> FromJwk(std::string_view jwk);

  std::string ToJwk() const;  // secret: with "d"
  const Es256PublicKey& public_key() const { return public_; }
  std::string Sign(std::string_view message) const;  // R and S, 64 bytes

 private:
  Es256Key() = default;

  std::shared_ptr<evp_pkey_st> key_;
  std::string d_;  // secret; 32 bytes
  Es256PublicKey public_;
};

// Of a key of any of the kinds EC, RSA and OKP. INVALID_ARGUMENT with BAD_KEY.
Result<std::string> ThumbprintOf(std::string_view jwk);

}  // namespace carillon::jose
