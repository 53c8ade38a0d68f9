// How Mastodon counts a text (app/validators/status_length_validator.rb, app/models/account.rb). Pure; linear in the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon::mastodon {

// The length that Mastodon holds against its limit: grapheme clusters of spoiler and text together, each http or https URL as
// `url_characters`, "@user@host" as "@user". `steps`, if given, gets what was read.
int64_t CountedLength(std::string_view text, std::string_view spoiler, int url_characters, uint64_t* steps = nullptr);

// "@user@host" as "@user", outside of URLs.
std::string ShortenMentions(std::string_view text, uint64_t* steps = nullptr);

}  // namespace carillon::mastodon
