// What a Mastodon notification or status is as a Signal (docs.joinmastodon.org/entities/Notification). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/mastodon/json.h"
#include "common/mastodon/status.h"
#include "services/listener/collector.h"

namespace carillon::listener::mastodon {

// Nothing for kinds that make no signal (poll, update, admin.*, ...). An error for one that is broken.
Result<std::optional<Signal>> ReadNotification(const carillon::mastodon::Json& notification,
                                               std::string_view base_url, std::string_view own_account_id);

// A status of somebody else as a signal: a reply if it answers a post of ours, else a mention. Its remote_id is the status's, so
// the same one is the same signal wherever it was seen.
Signal SignalOfStatus(const carillon::mastodon::StatusView& status, std::string_view own_account_id);

}  // namespace carillon::listener::mastodon
