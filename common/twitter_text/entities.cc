#include "common/twitter_text/entities.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/twitter_text/mentions.h"
#include "common/twitter_text/tags.h"
#include "common/twitter_text/urls.h"

namespace carillon::twitter_text {

std::vector<Entity> FindEntities(std::string_view text) {
  std::vector<Entity> all;
  for (const text::TextRange& url : FindUrls(text)) {
    all.push_back({.kind = Entity::Kind::kUrl, .range = url, .value = std::string(text::Slice(text, url))});
  }
  for (auto* find : {FindMentions, FindHashtags, FindCashtags}) {
    std::vector<Entity> some = find(text, nullptr);
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Entity& a, const Entity& b) { return a.range.begin < b.range.begin; });
  size_t end = 0;
  std::erase_if(all, [&end](const Entity& entity) {
    if (entity.range.begin < end) return true;
    end = entity.range.end;
    return false;
  });
  return all;
}

}  // namespace carillon::twitter_text
