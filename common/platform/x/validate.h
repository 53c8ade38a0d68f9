// X's rules for a post, as far as they can be checked without X. Pure.
#pragma once

#include "common/base/status.h"
#include "common/platform/connector.h"
#include "common/platform/facts.h"

namespace carillon::x {

platform::PlatformLimits LimitsOf(const platform::Facts& facts);

// INVALID_ARGUMENT with a reason: INVALID_UTF8, EMPTY_POST, TEXT_TOO_LONG, TOO_MANY_CASHTAGS, NOT_OFFERED, NOT_BUILT, BAD_POLL, BAD_QUOTE,
// BAD_REPLY_TARGET,
// TOO_MANY_MEDIA, MEDIA_MIXED, MEDIA_TYPE_UNSUPPORTED, MEDIA_TOO_LARGE, ALT_TOO_LONG; the numbers are parameters.
Status ValidateContent(const platform::PublishContent& content, const platform::PlatformLimits& limits);
// And what stands in no account's limits, but in the facts that an operator may have changed: cashtags, and the size of a GIF.
Status ValidateByFacts(const platform::PublishContent& content, const platform::Facts& facts);

}  // namespace carillon::x
