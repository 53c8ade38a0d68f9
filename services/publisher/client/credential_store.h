// All credentials of the accounts, sealed, as the credentials topic has them; opened on use and kept nowhere in clear. Fed by a
// TopicTail from the topic's beginning, and by this process's own commits. Thread-safe, never blocks.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "carillon/publisher/v1/publisher.pb.h"
#include "common/vault/vault.h"
#include "services/publisher/ports.h"

namespace carillon::publisher {

class CredentialStore : public Credentials {
 public:
  explicit CredentialStore(const vault::Vault& vault) : vault_(vault) {}

  // Seals a token as that version of the account's credential; it is not stored by this.
  v1::CredentialRecord Seal(const std::string& account_id, uint32_t version,
                            const std::string& token) const;

  // One without ciphertext ends that version.
  void Put(const v1::CredentialRecord& record);

  bool Has(const std::string& account_id, uint32_t version) const override;
  Result<std::string> Open(const std::string& account_id, uint32_t version) const override;

 private:
  const vault::Vault& vault_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, uint32_t>, vault::Sealed> sealed_;
};

}  // namespace carillon::publisher
