// Direct messages of the X API v2 (docs.x.com/x-api/direct-messages). Those of the last 30 days are given.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/collector.h"
#include "common/platform/connector.h"
#include "common/platform/x/api.h"

namespace carillon::x {

// GET /2/dm_events, newest first; the first walk takes its newest page alone. PERMISSION_DENIED: the token has no dm.read.
Result<platform::SignalPage> ReadMessages(http::HttpClient& client, const Clock& clock,
                                          const platform::CollectorAccess& account,
                                          const std::string& cursor, int count_max,
                                          absl::Duration timeout);

// POST /2/dm_conversations/:id/messages. X keeps no key that would make it the same message twice.
http::HttpRequest MakeMessage(const Access& access, const platform::PublishContent& content);

// Whether the message is in its conversation, by its text: one is found, none is absent, several are ambiguous.
platform::LookupOutcome LookUpMessage(http::HttpClient& client, const Clock& clock, const Access& access,
                                      const platform::LookupRequest& request);

}  // namespace carillon::x
