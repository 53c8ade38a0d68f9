// What is sent of a status, new or edited (docs.joinmastodon.org/methods/statuses). Pure.
#pragma once

#include <string>
#include <vector>

#include "common/platform/connector.h"
#include "common/platform/json.h"

namespace carillon::mastodon {

// Text, content warning, poll, media and language: what both have in common.
platform::Json StatusBody(const platform::PublishContent& content, const std::vector<std::string>& media_handles);

}  // namespace carillon::mastodon
