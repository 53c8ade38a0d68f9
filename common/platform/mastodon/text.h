// What of a text reaches Mastodon, and how it may come back. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "common/platform/connector.h"

namespace carillon::mastodon {

// What is posted: the text, and the link in a paragraph of its own unless the text already holds that URL.
std::string StatusText(const platform::PublishContent& content);

// The HTML of a quote without the link to what it quotes, which a server puts there for others that know no quotes
// (docs.joinmastodon.org/client/quotes: the class "quote-inline").
std::string WithoutQuoteLink(std::string_view html);

// Two texts that a server could not have made from different posts compare equal in this form: mentions shortened, NFC, white
// space collapsed.
std::string ComparableText(std::string_view text);

// Only letters, digits and symbols beyond ASCII: what is left when a server also took punctuation for markup.
std::string LooseText(std::string_view text);

}  // namespace carillon::mastodon
