// The app's webhook and whom X pushes to it about: /2/webhooks and the Account Activity API (docs.x.com/x-api/webhooks/quickstart,
// docs.x.com/x-api/account-activity/quickstart, 2026-11-23; X API OpenAPI 2.167, which takes OAuth 2.0 user tokens where the prose still says
// OAuth 1.0a). Webhooks with other addresses are somebody else's and are left alone. X takes https without a port, and checks each address
// hourly; one that failed gets nothing until it is asked to be checked again.
//
// All are absolute: after a lost answer the same call again ends the same. They block for at most `timeout`.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/webhook.h"
#include "common/platform/x/api.h"

namespace carillon::x {

// `app`: with the app's own token.
Result<platform::Registration> RegisterWebhook(http::HttpClient& client, const Clock& clock, const Access& app, const std::string& url,
                                               absl::Duration timeout);
// `account`: with the token of the account that is subscribed.
Status AddSubscription(http::HttpClient& client, const Clock& clock, const Access& account, const std::string& webhook_id,
                       absl::Duration timeout);
Status RemoveSubscription(http::HttpClient& client, const Clock& clock, const Access& app, const std::string& webhook_id,
                          const std::string& user_id, absl::Duration timeout);

}  // namespace carillon::x
