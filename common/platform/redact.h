// What a server said, for people: without secrets, on one line, not too long. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace carillon::platform {

constexpr size_t kShownBytesMax = 300;

// `secrets` are what must not be seen: tokens, passwords; empty ones are passed over.
template <typename... Secrets>
std::string Shown(std::string text, const Secrets&... secrets);

std::string WithoutSecret(std::string text, std::string_view secret);
// Control characters become spaces, space is collapsed, and it is cut to kShownBytesMax.
std::string OneShortLine(std::string text);

// "mastodon.example", "127.0.0.1:3000": the authority of a base URL, for people and for account names.
std::string HostOf(std::string_view base_url);

template <typename... Secrets>
std::string Shown(std::string text, const Secrets&... secrets) {
  ((text = WithoutSecret(std::move(text), secrets)), ...);
  return OneShortLine(std::move(text));
}

}  // namespace carillon::platform
