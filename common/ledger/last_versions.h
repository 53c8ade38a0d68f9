// Which record of a stretch of the log is each key's last one. Some 40 bytes a key: of the key only a hash of 128 bits is kept
// (SipHash-2-4-128). Two keys that fell together would lose a state: among a billion keys that is one load in 10^20.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace carillon::ledger {

class LastVersions {
 public:
  // Offsets rise.
  void Add(std::string_view key, int64_t offset) { last_[HashOf(key)] = offset; }
  // A later one was added.
  bool IsSuperseded(std::string_view key, int64_t offset) const {
    if (last_.empty()) return false;
    const auto found = last_.find(HashOf(key));
    return found != last_.end() && offset < found->second;
  }

 private:
  using Hash = std::array<uint64_t, 2>;
  static Hash HashOf(std::string_view key);

  absl::flat_hash_map<Hash, int64_t> last_;
};

}  // namespace carillon::ledger
