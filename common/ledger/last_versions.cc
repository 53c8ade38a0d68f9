#include "common/ledger/last_versions.h"

#include <sodium.h>

namespace carillon::ledger {

LastVersions::Hash LastVersions::HashOf(std::string_view key) {
  static_assert(sizeof(Hash) == crypto_shorthash_siphashx24_BYTES);
  static constexpr unsigned char kKey[crypto_shorthash_siphashx24_KEYBYTES] = {};
  Hash hash;
  crypto_shorthash_siphashx24(reinterpret_cast<unsigned char*>(hash.data()),
                              reinterpret_cast<const unsigned char*>(key.data()), key.size(), kKey);
  return hash;
}

}  // namespace carillon::ledger
