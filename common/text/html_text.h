// The plain text of a post that a server gives as HTML, as its author typed it. Pure, linear in the text; never fails: what is
// not HTML is text.
//
// Paragraphs are separated by an empty line, <br> is a line end, entities are decoded, scripts and comments are left out. A link
// that a server shortened for display (spans "invisible" and "ellipsis", as Mastodon writes them) is given back whole from its
// href; other links, mentions ("@user") and hashtags are their visible text.
#pragma once

#include <string>
#include <string_view>

namespace carillon::text {

std::string HtmlToText(std::string_view html);

}  // namespace carillon::text
