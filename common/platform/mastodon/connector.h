// The Connector for servers that speak Mastodon's client API: Mastodon, and with their own limits GoToSocial, Pleroma, Akkoma.
//
// Endpoints: accounts/verify_credentials, apps/verify_credentials, /api/v2/instance (/api/v1/instance where that is missing),
// /api/v2/media, statuses, accounts/:id/statuses. What the API promises is on docs.joinmastodon.org/methods; where it promises nothing,
// the README.md beside this says what is relied on. Thread-safe: it keeps no state between calls.
#pragma once

#include <absl/time/time.h>

#include <memory>
#include <optional>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/connector.h"
#include "common/platform/facts.h"
#include "common/platform/mastodon/media.h"

namespace carillon::mastodon {

struct ConnectorOptions {
  // What PlatformLimits::idempotency_window is, whatever the server's version says; for operators who know their server.
  std::optional<absl::Duration> idempotency_window;
  // How a wait between two polls of an upload is spent; the thread's sleep if empty.
  Sleep sleep;
};

// `client`, `clock` and `facts` must outlive the connector.
std::unique_ptr<platform::Connector> MakeConnector(http::HttpClient& client, const Clock& clock,
                                                   const platform::Facts& facts,
                                                 ConnectorOptions options = {});

}  // namespace carillon::mastodon
