// One refresh of an account's access token, from the secret in the store to a sealed new version.
#pragma once

#include "carillon/publisher/v1/internal.pb.h"
#include "services/publisher/client/credential_store.h"
#include "services/publisher/effects/send_task.h"

namespace carillon::publisher {

// Blocks on HTTP until `boot_deadline` (CLOCK_BOOTTIME's send_before) at most. `store` seals the new secret.
v1::RefreshReport RefreshOnce(const SendParts& parts, const CredentialStore& store,
                              const RefreshJob& job, absl::Duration boot_deadline);

}  // namespace carillon::publisher
