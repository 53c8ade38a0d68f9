// Which post a quote means. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace carillon::mastodon {

// Whether it is the id of a status, or an address on the web at all.
bool IsQuoted(std::string_view quoted);

// The id of the status on the account's server, given as it is or as its address there ("https://social.example/@ann/113",
// ".../@ben@elsewhere.example/114"); "" for an address on another server, where the same status has another id.
std::string QuotedId(std::string_view quoted, std::string_view base_url);
// INVALID_ARGUMENT with BAD_QUOTE for such an address.
Status CheckQuoted(std::string_view quoted, std::string_view base_url);

}  // namespace carillon::mastodon
