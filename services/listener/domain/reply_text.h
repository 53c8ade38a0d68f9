// What a reply looks like on the platform. Pure.
#pragma once

#include <string>
#include <string_view>

namespace carillon::listener {

// On Mastodon a reply reaches its addressee by mentioning them: "@user@host " stands before the
// text unless the text mentions them already (in any case of letters). Elsewhere the text as it is.
std::string ReplyText(std::string_view platform, std::string_view author, std::string_view text);

// True if there is nothing in it but white space (ASCII).
bool IsBlank(std::string_view text);

}  // namespace carillon::listener
