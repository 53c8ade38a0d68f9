// Bluesky's rules for a post. Pure.
#pragma once

#include "common/platform/connector.h"
#include "common/platform/facts.h"

namespace carillon::bluesky {

platform::PlatformLimits LimitsOf(const platform::Facts& facts);

// INVALID_ARGUMENT: TEXT_TOO_LONG (with length, max, unit), EMPTY_POST, INVALID_UTF8, BAD_LANGUAGE, TOO_MANY_MEDIA, MEDIA_MIXED,
// MEDIA_TYPE_UNSUPPORTED, MEDIA_TOO_LARGE, NOT_OFFERED, CONTENT_LABEL_MISSING, BAD_QUOTE.
Status ValidateContent(const platform::PublishContent& content, const platform::PlatformLimits& limits);

}  // namespace carillon::bluesky
