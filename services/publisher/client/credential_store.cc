#include "services/publisher/client/credential_store.h"

#include "services/publisher/domain/connection.h"

namespace carillon::publisher {

v1::CredentialRecord CredentialStore::Seal(const std::string& account_id, uint32_t version,
                                           const std::string& token) const {
  const vault::Sealed sealed = vault_.Seal(token, CredentialKey(account_id, version));
  v1::CredentialRecord record;
  record.set_account_id(account_id);
  record.set_version(version);
  record.set_key_id(sealed.key_id);
  record.set_nonce(sealed.nonce);
  record.set_ciphertext(sealed.ciphertext);
  return record;
}

void CredentialStore::Put(const v1::CredentialRecord& record) {
  std::lock_guard lock(mutex_);
  const auto key = std::pair(record.account_id(), record.version());
  if (record.ciphertext().empty()) {
    sealed_.erase(key);
  } else {
    sealed_[key] = {record.key_id(), record.nonce(), record.ciphertext()};
  }
}

void CredentialStore::Replace(const v1::CredentialRecord& record) {
  std::lock_guard lock(mutex_);
  const auto it = sealed_.find({record.account_id(), record.version()});
  if (it != sealed_.end()) it->second = {record.key_id(), record.nonce(), record.ciphertext()};
}

std::vector<CredentialVersion> CredentialStore::SealedWithAnotherKey(size_t count_max) const {
  std::vector<CredentialVersion> out;
  std::lock_guard lock(mutex_);
  for (const auto& [key, sealed] : sealed_) {
    if (out.size() == count_max) break;
    if (sealed.key_id == vault_.key_id() || !vault_.HasKey(sealed.key_id)) continue;
    out.push_back({key.first, key.second});
  }
  return out;
}

std::vector<KeyUse> CredentialStore::KeysUsed() const {
  std::map<std::string, int> counts = {{vault_.key_id(), 0}};
  {
    std::lock_guard lock(mutex_);
    for (const auto& [key, sealed] : sealed_) ++counts[sealed.key_id];
  }
  std::vector<KeyUse> out;
  for (const auto& [key_id, count] : counts) {
    out.push_back({key_id, count, key_id == vault_.key_id(), vault_.HasKey(key_id)});
  }
  return out;
}

bool CredentialStore::Has(const std::string& account_id, uint32_t version) const {
  std::lock_guard lock(mutex_);
  return sealed_.contains({account_id, version});
}

Result<std::string> CredentialStore::Open(const std::string& account_id, uint32_t version) const {
  vault::Sealed sealed;
  {
    std::lock_guard lock(mutex_);
    const auto it = sealed_.find({account_id, version});
    if (it == sealed_.end()) {
      return Refuse(Code::kUnavailable, "CREDENTIAL_NOT_HERE",
                    fmt::format("version {} of the credential of {} is not here; it may still be on "
                                "its way, or the account was disconnected",
                                version, account_id),
                    {{"account", account_id}});
    }
    sealed = it->second;
  }
  return vault_.Open(sealed, CredentialKey(account_id, version));
}

}  // namespace carillon::publisher
