// Who agrees when an app asks to act for an account: there is no page where anybody could sign in, so the admin API says it beforehand.
// Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>

namespace carillon::sandbox {

struct Consent {
  std::string username;  // empty: the platform's first account
  bool denies = false;
};

class Consents {
 public:
  void Set(const std::string& platform, Consent consent) {
    std::lock_guard lock(mutex_);
    consents_[platform] = std::move(consent);
  }
  Consent Of(const std::string& platform) const {
    std::lock_guard lock(mutex_);
    const auto found = consents_.find(platform);
    return found == consents_.end() ? Consent{} : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Consent> consents_;
};

}  // namespace carillon::sandbox
