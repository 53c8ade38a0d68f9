#include "common/vault/vault.h"

#include <algorithm>
#include <sodium.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "common/base/check.h"

namespace carillon::vault {
namespace {

constexpr size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr size_t kKeyIdBytes = 8;
static_assert(kKeyBytes == 32);

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void Start() { CARILLON_CHECK(sodium_init() >= 0, "libsodium could not start"); }

// A keyed hash of a fixed text: the id tells keys apart and gives nothing of the key away.
std::string KeyId(const std::array<unsigned char, kKeyBytes>& key) {
  constexpr std::string_view kPurpose = "carillon vault key id";
  std::array<unsigned char, crypto_generichash_BYTES> hash{};
  crypto_generichash(hash.data(), hash.size(), Bytes(kPurpose), kPurpose.size(), key.data(),
                     key.size());
  std::string hex(2 * kKeyIdBytes + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), kKeyIdBytes);
  hex.resize(2 * kKeyIdBytes);
  return hex;
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace

Result<Vault> Vault::FromText(std::string_view keys_base64) {
  Start();
  Vault vault;
  int line_number = 0;
  while (!keys_base64.empty()) {
    const size_t end = keys_base64.find('\n');
    const std::string_view line = Trim(keys_base64.substr(0, end));
    keys_base64 = end == std::string_view::npos ? std::string_view() : keys_base64.substr(end + 1);
    ++line_number;
    if (line.empty() || line.front() == '#') continue;
    Key key;
    size_t size = 0;
    if (sodium_base642bin(key.bytes.data(), key.bytes.size(), line.data(), line.size(), nullptr,
                          &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        size != kKeyBytes) {
      return Refuse(Code::kInvalidArgument, "BAD_VAULT_KEY",
                    fmt::format("line {} of the vault keys is not {} bytes in base64; make one with "
                                "`head -c 32 /dev/urandom | base64`",
                                line_number, kKeyBytes),
                    {{"line", std::to_string(line_number)}});
    }
    key.id = KeyId(key.bytes);
    vault.keys_.push_back(std::move(key));
  }
  if (vault.keys_.empty()) {
    return Refuse(Code::kInvalidArgument, "BAD_VAULT_KEY",
                  "there is no vault key; give one with --vault-key-file or CARILLON_VAULT_KEY");
  }
  return vault;
}

Result<Vault> Vault::FromFile(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    return Refuse(Code::kFailedPrecondition, "VAULT_KEY_FILE",
                  "the vault key file cannot be read: " + path, {{"path", path}});
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Refuse(Code::kFailedPrecondition, "VAULT_KEY_FILE",
                  "others may read the vault key file; set its mode to 0600: " + path,
                  {{"path", path}});
  }
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) {
    return Refuse(Code::kFailedPrecondition, "VAULT_KEY_FILE",
                  "the vault key file cannot be read: " + path, {{"path", path}});
  }
  auto vault = FromText(text.str());
  if (!vault.ok()) return Annotate(vault.status(), path);
  return vault;
}

Vault::~Vault() {
  for (Key& key : keys_) sodium_memzero(key.bytes.data(), key.bytes.size());
}

bool Vault::HasKey(std::string_view key_id) const {
  return std::any_of(keys_.begin(), keys_.end(), [&](const Key& key) { return key.id == key_id; });
}

Sealed Vault::Seal(std::string_view secret, std::string_view associated) const {
  Sealed sealed;
  sealed.key_id = keys_.front().id;
  sealed.nonce.resize(kNonceBytes);
  randombytes_buf(sealed.nonce.data(), sealed.nonce.size());
  sealed.ciphertext.resize(secret.size() + kTagBytes);
  unsigned long long size = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      Bytes(sealed.ciphertext), &size, Bytes(secret), secret.size(), Bytes(associated),
      associated.size(), nullptr, Bytes(sealed.nonce), keys_.front().bytes.data());
  sealed.ciphertext.resize(size);
  return sealed;
}

Result<std::string> Vault::Open(const Sealed& sealed, std::string_view associated) const {
  const Key* key = nullptr;
  for (const Key& candidate : keys_) {
    if (candidate.id == sealed.key_id) key = &candidate;
  }
  if (key == nullptr) {
    return Refuse(Code::kFailedPrecondition, "UNKNOWN_VAULT_KEY",
                  fmt::format("a secret was sealed with vault key {}, which is not among the {} given",
                              sealed.key_id, keys_.size()),
                  {{"key_id", sealed.key_id}});
  }
  const Status broken =
      Refuse(Code::kDataLoss, "SEAL_BROKEN",
             fmt::format("a secret sealed with vault key {} cannot be opened: it was changed, or "
                         "sealed for something else",
                         sealed.key_id),
             {{"key_id", sealed.key_id}});
  if (sealed.nonce.size() != kNonceBytes || sealed.ciphertext.size() < kTagBytes) return broken;
  std::string secret(sealed.ciphertext.size() - kTagBytes, '\0');
  unsigned long long size = 0;
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          Bytes(secret), &size, nullptr, Bytes(sealed.ciphertext), sealed.ciphertext.size(),
          Bytes(associated), associated.size(), Bytes(sealed.nonce), key->bytes.data()) != 0) {
    return broken;
  }
  return secret;
}

std::string NewKey() {
  Start();
  std::array<unsigned char, kKeyBytes> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::string text(sodium_base64_ENCODED_LEN(kKeyBytes, sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();
  sodium_memzero(bytes.data(), bytes.size());
  return text;
}

}  // namespace carillon::vault
