// What a Mastodon notification or status is as a Signal (docs.joinmastodon.org/entities/Notification). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/platform/collector.h"
#include "common/platform/json.h"
#include "common/platform/mastodon/status.h"

namespace carillon::mastodon {

// Nothing for kinds that make no signal (poll, update, admin.*, ...). An error for one that is broken.
Result<std::optional<platform::Signal>> ReadNotification(const platform::Json& notification,
                                               std::string_view base_url, std::string_view own_account_id);

// A status of somebody else as a signal: a direct message if it is for those alone whom it names, a reply if it answers a post of ours, else a
// mention. Its remote_id is the status's, so
// the same one is the same signal wherever it was seen.
platform::Signal SignalOfStatus(const StatusView& status, std::string_view own_account_id);

// A public post that was looked for.
platform::Signal FoundSignalOf(const StatusView& status);

}  // namespace carillon::mastodon
