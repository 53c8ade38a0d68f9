// Mastodon's rules for a post, as far as they can be checked without the server. Pure.
#pragma once

#include "common/base/status.h"
#include "common/platform/connector.h"

namespace carillon::mastodon {

// INVALID_ARGUMENT with a reason: INVALID_UTF8, EMPTY_POST, TEXT_TOO_LONG, NOT_OFFERED, BAD_POLL, BAD_QUOTE, BAD_VISIBILITY,
// TOO_MANY_MEDIA, MEDIA_MIXED, MEDIA_TYPE_UNSUPPORTED, MEDIA_TOO_LARGE, ALT_TOO_LONG; the numbers are parameters.
Status ValidateContent(const platform::PublishContent& content, const platform::PlatformLimits& limits);

}  // namespace carillon::mastodon
