// Seals secrets for storage: XChaCha20-Poly1305 (libsodium's crypto_aead_xchacha20poly1305_ietf), a random 24-byte nonce each time.
//
// What is sealed is bound to `associated` (whom it belongs to, in which version): opening it as anything else fails. The first key
// seals; all keys open, so a key is rotated by putting a new one before it. Errors say which key id was wanted and never carry
// content. Thread-safe after construction; nothing blocks.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace carillon::vault {

struct Sealed {
  std::string key_id;  // which key; says nothing about it
  std::string nonce;
  std::string ciphertext;  // with the tag
};

class Vault {
 public:
  // `keys_base64`: keys of 32 bytes in base64, one a line; blank lines and lines with # are skipped. INVALID_ARGUMENT, reason
  // BAD_VAULT_KEY, with the line's number.
  static Result<Vault> FromText(std::string_view keys_base64);
  // From a file that only its owner may read: FAILED_PRECONDITION, VAULT_KEY_FILE, if it is missing or others can read it.
  static Result<Vault> FromFile(const std::string& path);

  Vault(Vault&&) noexcept = default;
  Vault& operator=(Vault&&) noexcept = default;
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;
  ~Vault();

  Sealed Seal(std::string_view secret, std::string_view associated) const;
  // FAILED_PRECONDITION, UNKNOWN_VAULT_KEY: sealed with a key that is not here. DATA_LOSS, SEAL_BROKEN: changed, cut, or sealed
  // for something else.
  Result<std::string> Open(const Sealed& sealed, std::string_view associated) const;

  // Of the key that seals.
  const std::string& key_id() const { return keys_.front().id; }
  bool HasKey(std::string_view key_id) const;

 private:
  struct Key {
    std::string id;
    std::array<unsigned char, 32> bytes{};
  };
  Vault() = default;
  std::vector<Key> keys_;
};

// A new key in base64, for setting up.
std::string NewKey();

}  // namespace carillon::vault
