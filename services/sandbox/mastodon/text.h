// How Mastodon reads a status: its entities, its HTML. Pure. After app/lib/text_formatter.rb and app/lib/extractor.rb of Mastodon
// 4.x; simpler than these in one thing: a URL's last label is any two or more letters, not one of a list of domains.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>


namespace carillon::sandbox::mastodon {

struct Entity {
  enum class Kind { kUrl, kMention, kHashtag };
  Kind kind;
  size_t begin, end;  // bytes
  std::string value;  // the URL; "user" or "user@host"; the tag without "#"
};

// In order, not overlapping. `text` is valid UTF-8.
std::vector<Entity> FindEntities(std::string_view text);

// The HTML of a status. `mention_url` says where "user" or "user@host" lives; nothing leaves it as text.
std::string RenderHtml(
    std::string_view text, const std::string& base_url,
    const std::function<std::optional<std::string>(const std::string&)>& mention_url);

}  // namespace carillon::sandbox::mastodon
