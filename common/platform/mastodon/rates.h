// Which of Mastodon's limits a request counts against (docs.joinmastodon.org/api/rate-limits; app/lib/rate_limiter.rb for statuses). Other servers
// of its API have their own: what their headers say corrects these. Pure.
#pragma once

#include <optional>
#include <vector>

#include "common/platform/connector.h"

namespace carillon::mastodon {

std::vector<platform::RateCharge> RateCharges(const platform::Facts& facts, std::optional<platform::Action> action);

}  // namespace carillon::mastodon
