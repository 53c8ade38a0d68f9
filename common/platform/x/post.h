// What of a content reaches X: its text, and the body of POST /2/tweets. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "common/platform/connector.h"
#include "common/platform/json.h"

namespace carillon::x {

// The text, and the link in a paragraph of its own unless the text already holds that URL.
std::string PostText(const platform::PublishContent& content);

platform::Json MakePost(const platform::PublishContent& content, const std::vector<std::string>& media_ids);

}  // namespace carillon::x
