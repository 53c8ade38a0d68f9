// The publisher's own flags, each with a fallback in the environment. Validated once, before anything starts.
#pragma once

#include <string>

#include "common/media_store/open_store.h"
#include "common/platform/registry.h"
#include "common/service/service.h"
#include "common/vault/vault.h"
#include "services/publisher/api/apps.h"
#include "services/publisher/domain/rules.h"
#include "services/publisher/effects/sender_pool.h"
#include "services/publisher/effects/upload_pool.h"

namespace carillon::publisher {

struct PublisherConfig {
  std::string vault_key_file;
  media_store::StoreConfig media;  // as the scheduler's
  int senders = 32;
  int uploaders = 8;
  int send_budget_ms = 20'000;
  int settle_ms = 30'000;
  int lookups_max = 6;
  int lookup_window_s = 21'600;
  int spacing_ms = 1'000;
  int burst = 30;
  std::string rate_limits = "published";
  // Only for those who know their server: -1 takes what the connector finds out.
  int mastodon_idempotency_s = -1;
  std::string platform_facts_dir;
  std::string public_url;
  int authorization_window_s = 600;

  // Adds the flags to `options` (before service::ParseFlags); the config must outlive the parsing.
  void AddFlags(service::ServiceOptions& options);

  // The key from the file, else from CARILLON_VAULT_KEY, which is taken out of the environment.
  Result<vault::Vault> OpenVault() const;
  Rules MakeRules() const;
  PoolOptions Pool() const;
  UploadOptions Uploads() const;
  platform::Options Platforms() const;
  AuthorizationOptions Authorizing(bool allow_private_addresses) const;
};

}  // namespace carillon::publisher
