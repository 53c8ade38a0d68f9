// What of a content reaches X: its text, and the body of POST /2/tweets. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/platform/connector.h"
#include "common/platform/json.h"

namespace carillon::x {

// The text, and the link in a paragraph of its own unless the text already holds that URL.
std::string PostText(const platform::PublishContent& content);

// The id of the post that is quoted, given so or as "https://x.com/brand/status/188..."; "" for anything else.
std::string QuotedId(std::string_view quoted);

// X's word for the groups; "" if it has none for these, or they are more than one.
std::string ReplySettingsOf(const std::vector<platform::ReplyGroup>& groups);

platform::Json MakePost(const platform::PublishContent& content, const std::vector<std::string>& media_ids);

}  // namespace carillon::x
