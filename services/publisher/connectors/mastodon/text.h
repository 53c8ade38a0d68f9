// How Mastodon counts and changes a text (app/validators/status_length_validator.rb, app/models/account.rb). Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "services/publisher/connector.h"

namespace carillon::publisher::mastodon {

// What is posted: the text, and the link in a paragraph of its own unless the text already holds that URL.
std::string StatusText(const PublishContent& content);

// The length that Mastodon holds against its limit: grapheme clusters of spoiler and text together, each http or https URL as
// `url_characters`, "@user@host" as "@user".
int64_t CountedLength(std::string_view text, std::string_view spoiler, int url_characters);

// "@user@host" as "@user", outside of URLs.
std::string ShortenMentions(std::string_view text);

// Two texts that a server could not have made from different posts compare equal in this form: mentions shortened, NFC, white
// space collapsed.
std::string ComparableText(std::string_view text);

// Only letters, digits and symbols beyond ASCII: what is left when a server also took punctuation for markup.
std::string LooseText(std::string_view text);

}  // namespace carillon::publisher::mastodon
