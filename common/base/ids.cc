#include "common/base/ids.h"

#include <sodium.h>

#include <array>

#include "common/base/check.h"

namespace carillon {
namespace {

constexpr size_t kHashBytes = 16;
constexpr size_t kIdSizeMax = 200;

std::string Base32(const unsigned char* bytes, size_t size) {
  static constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string out;
  uint32_t buffer = 0;
  int bits = 0;
  for (size_t i = 0; i < size; ++i) {
    buffer = (buffer << 8) | bytes[i];
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out.push_back(kAlphabet[(buffer >> bits) & 31]);
    }
  }
  if (bits > 0) out.push_back(kAlphabet[(buffer << (5 - bits)) & 31]);
  return out;
}

}  // namespace

std::string HashText(std::initializer_list<std::string_view> parts) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, kHashBytes);
  for (std::string_view part : parts) {
    const std::array<unsigned char, 4> size = {
        static_cast<unsigned char>(part.size() >> 24), static_cast<unsigned char>(part.size() >> 16),
        static_cast<unsigned char>(part.size() >> 8), static_cast<unsigned char>(part.size())};
    crypto_generichash_update(&state, size.data(), size.size());
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()),
                              part.size());
  }
  std::array<unsigned char, kHashBytes> hash{};
  crypto_generichash_final(&state, hash.data(), hash.size());
  return Base32(hash.data(), hash.size());
}

std::string MakeId(std::string_view type, std::initializer_list<std::string_view> parts,
                   std::string_view root) {
  std::string id = std::string(type) + "_" + HashText(parts);
  if (!root.empty()) id += "~" + std::string(RootOf(root));
  return id;
}

std::string_view RootOf(std::string_view id) {
  const size_t mark = id.rfind('~');
  return mark == std::string_view::npos ? id : id.substr(mark + 1);
}

std::string_view TypeOf(std::string_view id) { return id.substr(0, id.find('_')); }

bool IsId(std::string_view text, std::string_view type) {
  if (text.empty() || text.size() > kIdSizeMax) return false;
  for (char c : text) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '~' ||
                      c == '-';
    if (!good) return false;
  }
  const size_t mark = text.find('_');
  if (mark == std::string_view::npos || mark == 0) return false;
  return type.empty() || text.substr(0, mark) == type;
}

std::string RandomText() {
  CARILLON_CHECK(sodium_init() >= 0, "libsodium could not start");
  std::array<unsigned char, kHashBytes> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return Base32(bytes.data(), bytes.size());
}

int32_t Murmur2(std::string_view bytes) {
  constexpr uint32_t kMultiplier = 0x5bd1e995;
  constexpr uint32_t kSeed = 0x9747b28c;
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])); };
  uint32_t hash = kSeed ^ static_cast<uint32_t>(bytes.size());
  size_t i = 0;
  for (; i + 4 <= bytes.size(); i += 4) {
    uint32_t word = byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
    word *= kMultiplier;
    word ^= word >> 24;
    word *= kMultiplier;
    hash = (hash * kMultiplier) ^ word;
  }
  const size_t rest = bytes.size() - i;
  if (rest >= 3) hash ^= byte(i + 2) << 16;
  if (rest >= 2) hash ^= byte(i + 1) << 8;
  if (rest >= 1) hash = (hash ^ byte(i)) * kMultiplier;
  hash ^= hash >> 13;
  hash *= kMultiplier;
  hash ^= hash >> 15;
  return static_cast<int32_t>(hash);
}

int PartitionOf(std::string_view root, int partitions) {
  CARILLON_CHECK(partitions > 0, "a topic has at least one partition, not {}", partitions);
  return (Murmur2(root) & 0x7fffffff) % partitions;
}

}  // namespace carillon
