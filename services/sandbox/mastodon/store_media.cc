#include "services/sandbox/mastodon/store.h"

namespace carillon::sandbox::mastodon {

Result<int64_t> Store::AddMedia(Media media) {
  std::lock_guard lock(mutex_);
  if (media_.size() >= limits_.media_max) {
    return MakeStatus(Code::kResourceExhausted,
                      fmt::format("the sandbox holds {} media and no more", limits_.media_max));
  }
  media.id = NextId(clock_->Now());
  const int64_t id = media.id;
  media_.emplace(id, std::move(media));
  return id;
}

std::optional<Media> Store::FindMedia(int64_t owner, int64_t id) const {
  std::lock_guard lock(mutex_);
  auto found = media_.find(id);
  if (found == media_.end() || found->second.owner != owner || found->second.status != 0)
    return std::nullopt;
  return found->second;
}

std::optional<Media> Store::UpdateMedia(int64_t owner, int64_t id,
                                        const std::optional<std::string>& description) {
  std::lock_guard lock(mutex_);
  auto found = media_.find(id);
  if (found == media_.end() || found->second.owner != owner || found->second.status != 0)
    return std::nullopt;
  if (description) found->second.description = *description;
  return found->second;
}

}  // namespace carillon::sandbox::mastodon
