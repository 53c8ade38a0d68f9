#include "common/platform/keyword.h"
#include "services/sandbox/mastodon/store.h"
#include "services/sandbox/mastodon/text.h"

namespace carillon::sandbox::mastodon {

std::vector<StatusView> Store::Search(const std::string& term, const Page& page, int64_t viewer) const {
  std::lock_guard lock(mutex_);
  std::vector<StatusView> out;
  auto id = page.max_id == 0 ? by_time_.end() : by_time_.lower_bound(page.max_id);
  const int64_t above = std::max(page.since_id, page.min_id);
  while (id != by_time_.begin() && out.size() < page.limit && *--id > above) {
    const Post* post = FindPost(*id);
    if (post == nullptr || post->visibility != "public" || post->reblog_of != 0) continue;
    if (platform::PostWords(post->text, {}).Has(term)) out.push_back(ViewOf(*post, viewer));
  }
  return out;
}

void Store::Tell(const Post& post) const {
  if (post.visibility != "public" || post.reblog_of != 0) return;
  std::set<std::string> tags;
  for (const Entity& entity : FindEntities(post.text)) {
    if (entity.kind != Entity::Kind::kHashtag) continue;
    std::string tag = entity.value;
    for (char& c : tag) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    tags.insert(std::move(tag));
  }
  if (!tags.empty()) streams.Posted(post.id, tags);
}

}  // namespace carillon::sandbox::mastodon
