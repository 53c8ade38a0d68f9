// What a server says about itself (docs.joinmastodon.org/entities/Instance and V1_Instance). Pure.
#pragma once

#include <absl/time/time.h>

#include <string_view>

#include "common/mastodon/json.h"
#include "services/publisher/connector.h"

namespace carillon::publisher::mastodon {

// Limits from /api/v2/instance, or from /api/v1/instance where `v1`. What the server does not say is Mastodon's default.
PlatformLimits ReadInstance(const carillon::mastodon::Json& instance, bool v1);

// How long the server provably keeps an Idempotency-Key: an hour for what is plainly Mastodon (a version that is only a semantic
// version from 2 on, and the source repository of Mastodon where /api/v2 names it), else zero. "4.2.1 (compatible; ...)",
// "0.17.3", "4.3.0+glitch" and a 4.x that has no /api/v2 are not.
absl::Duration IdempotencyWindow(std::string_view version, std::string_view source_url, bool v1);

}  // namespace carillon::publisher::mastodon
