#include "services/listener/domain/reply_text.h"

#include <algorithm>

namespace carillon::listener {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
         c == '@' || c == ':';
}

std::string LowerAll(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), Lower);
  return out;
}

bool Mentions(std::string_view text, std::string_view mention) {
  const std::string hay = LowerAll(text);
  const std::string needle = LowerAll(mention);
  for (size_t at = hay.find(needle); at != std::string::npos; at = hay.find(needle, at + 1)) {
    const size_t end = at + needle.size();
    // "@ann@a.example." ends a sentence; "@ann@a.example.org" is somebody else.
    const bool last = end >= hay.size() || !IsNameByte(hay[end]) ||
                      (hay[end] == '.' && (end + 1 >= hay.size() || !IsNameByte(hay[end + 1])));
    const bool first = at == 0 || !IsNameByte(hay[at - 1]);
    if (first && last) return true;
  }
  return false;
}

}  // namespace

std::string ReplyText(std::string_view platform, std::string_view author, std::string_view text) {
  if (platform != "mastodon" || author.empty()) return std::string(text);
  const std::string mention = "@" + std::string(author);
  if (Mentions(text, mention)) return std::string(text);
  return mention + " " + std::string(text);
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

}  // namespace carillon::listener
