// What a server says about itself (docs.joinmastodon.org/entities/Instance and V1_Instance). Pure.
#pragma once

#include <absl/time/time.h>

#include <string_view>

#include "common/platform/connector.h"
#include "common/platform/facts.h"
#include "common/platform/json.h"

namespace carillon::mastodon {

// What the facts say of a server that says nothing itself.
platform::PlatformLimits UsualLimits(const platform::Facts& facts);

// Limits from /api/v2/instance, or from /api/v1/instance where `v1`. What the server does not say is as usual. The idempotency window
// is zero unless the server provably keeps keys.
platform::PlatformLimits ReadInstance(const platform::Json& instance, bool v1, const platform::Facts& facts);

// Whether the server provably keeps an Idempotency-Key: it does if it is plainly Mastodon (a version that is only a semantic
// version from 2 on, and the source repository of Mastodon where /api/v2 names it). "4.2.1 (compatible; ...)", "0.17.3",
// "4.3.0+glitch" and a 4.x that has no /api/v2 are not.
bool KeepsIdempotencyKeys(std::string_view version, std::string_view source_url, bool v1);

}  // namespace carillon::mastodon
