// All credentials of the accounts, sealed, as the credentials topic has them; opened on use and kept nowhere in clear. Fed by a
// TopicTail from the topic's beginning, and by this process's own commits. Thread-safe, never blocks.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "carillon/publisher/v1/publisher.pb.h"
#include "common/vault/vault.h"
#include "services/publisher/ports.h"

namespace carillon::publisher {

struct CredentialVersion {
  std::string account_id;
  uint32_t version = 0;
};

// How many credentials a vault key has sealed.
struct KeyUse {
  std::string key_id;
  int credentials = 0;
  bool seals = false;  // new ones are sealed with it
  bool known = false;  // it is here: what it sealed can be opened
};

class CredentialStore : public Credentials {
 public:
  explicit CredentialStore(const vault::Vault& vault) : vault_(vault) {}

  // Seals a token as that version of the account's credential; it is not stored by this.
  v1::CredentialRecord Seal(const std::string& account_id, uint32_t version,
                            const std::string& token) const;

  // One without ciphertext ends that version.
  void Put(const v1::CredentialRecord& record);

  // The same secret under another vault key; nothing where that version has ended.
  void Replace(const v1::CredentialRecord& record);

  // What could be opened and is not sealed with the key that seals now: at most so many.
  std::vector<CredentialVersion> SealedWithAnotherKey(size_t count_max) const;
  // Of all keys that sealed something, and the one that seals; by their ids.
  std::vector<KeyUse> KeysUsed() const;

  bool Has(const std::string& account_id, uint32_t version) const override;
  Result<std::string> Open(const std::string& account_id, uint32_t version) const override;

 private:
  const vault::Vault& vault_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, uint32_t>, vault::Sealed> sealed_;
};

}  // namespace carillon::publisher
