// What the rules of all platforms have in common for the forms of a post: visibility, content warnings, polls, quotes, who may reply. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/platform/capability.h"
#include "common/platform/connector.h"

namespace carillon::platform {

// INVALID_ARGUMENT where the post has a form that the platform does not have (NOT_OFFERED) or that Carillon does not do there
// (NOT_BUILT), by its capabilities; `name` is the platform's for people.
Status CheckForms(const PublishContent& content, std::string_view name, const std::vector<Capability>& capabilities);

// INVALID_ARGUMENT with BAD_POLL: too few, too many, empty, too long or equal options, a duration out of bounds, no text, or media
// beside it. What `limits` do not say, as for an account that was connected before its server was asked, is as usual.
// `count_characters` counts an option's as the platform does.
Status CheckPoll(const PublishContent& content, const PlatformLimits& limits, const PlatformLimits& usual,
                 int64_t (*count_characters)(std::string_view));

}  // namespace carillon::platform
