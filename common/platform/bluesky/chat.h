// Direct messages: chat.bsky.convo, which the PDS passes on to the chat's own server where the header atproto-proxy says so. Only an app
// password that was made for it may read and send them.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/bluesky/api.h"
#include "common/platform/collector.h"
#include "common/platform/connector.h"

namespace carillon::bluesky {

// By the account's log of events; before its first cursor, the last message of each conversation that has unread ones too.
// PERMISSION_DENIED with NO_MESSAGES: the app password may not read them.
Result<platform::SignalPage> ReadMessages(http::HttpClient& client, const Clock& clock,
                                          const platform::CollectorAccess& account,
                                          const std::string& cursor, int count_max,
                                          absl::Duration timeout);

// chat.bsky.convo.sendMessage. There is no key that would make it the same message twice: after a lost answer LookUpMessage() tells.
http::HttpRequest MakeMessage(const Access& access, const platform::PublishContent& content);

// Whether the message is in its conversation, by its text: one is found, none is absent, several are ambiguous.
platform::LookupOutcome LookUpMessage(http::HttpClient& client, const Clock& clock,
                                      const platform::LookupRequest& request);

}  // namespace carillon::bluesky
