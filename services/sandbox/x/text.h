// A post's text as X shows it: each URL shortened, a link at the end for what is attached, "&", "<" and ">" escaped. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::sandbox::x {

struct Shown {
  std::string text;
  nlohmann::json entities;  // urls, mentions, hashtags, cashtags; offsets in code points of the text above
};

// `attached` are URLs of pictures, videos and of a quoted post.
Shown Show(std::string_view text, const std::vector<std::string>& attached);

// "https://t.co/" and ten characters that follow from the URL.
std::string ShortUrl(std::string_view url);

// The usernames that a text mentions, in small letters.
std::vector<std::string> MentionedIn(std::string_view text);
size_t CountCashtags(std::string_view text);

// A username in small letters, as names are compared.
std::string Lower(std::string_view text);

}  // namespace carillon::sandbox::x
