#include "services/sandbox/mastodon/store.h"
#include "services/sandbox/people.h"

namespace carillon::sandbox::mastodon {

std::vector<AccountView> Store::ReactedBy(int64_t id, bool reblogs, size_t limit) const {
  std::lock_guard lock(mutex_);
  std::vector<AccountView> out;
  const Post* post = FindPost(id);
  if (post == nullptr) return out;
  for (const int64_t account : reblogs ? post->reblogged_by : post->favourited_by) {
    if (out.size() == limit) return out;
    out.push_back(ViewOf(account));
  }
  // Who favoured an earlier post follows from its id.
  const int past = reblogs ? post->past_reblogs : post->past_favourites;
  for (int i = 0; i < past && out.size() < limit; ++i) {
    out.push_back(ViewOf(kSyntheticIdBase + (post->id + i * 37) % kSyntheticUsers));
  }
  return out;
}

bool Store::SetFavourite(int64_t account, int64_t id, bool on) {
  std::lock_guard lock(mutex_);
  Post* post = FindPost(id);
  if (post == nullptr) return false;
  if (!on) {
    post->favourited_by.erase(account);
  } else if (post->favourited_by.insert(account).second) {
    Notify(post->account, "favourite", account, id);
  }
  return true;
}

std::optional<int64_t> Store::SetReblog(int64_t account, int64_t id, bool on) {
  std::lock_guard lock(mutex_);
  Post* post = FindPost(id);
  if (post == nullptr) return std::nullopt;
  AccountState* state = Find(account);
  if (state == nullptr) return std::nullopt;
  int64_t existing = 0;
  for (const int64_t own : state->posts) {
    const Post* candidate = FindPost(own);
    if (candidate != nullptr && candidate->reblog_of == id) existing = own;
  }
  if (!on) {
    if (existing != 0) {
      FindPost(existing)->deleted = true;
      std::erase(state->posts, existing);
      --state->statuses;
    }
    post->reblogged_by.erase(account);
    return id;
  }
  if (existing != 0) return existing;
  Post reblog;
  reblog.account = account;
  reblog.reblog_of = id;
  post->reblogged_by.insert(account);
  Notify(post->account, "reblog", account, id);
  return Insert(std::move(reblog));
}

int64_t Store::React(Reaction reaction, int user, int64_t account, int64_t id,
                     const std::string& text) {
  std::lock_guard lock(mutex_);
  const int64_t from = kSyntheticIdBase + user % kSyntheticUsers;
  AccountState* target = Find(account);
  Post* post = id == 0 ? nullptr : FindPost(id);
  if (target == nullptr || (id != 0 && post == nullptr) || posts_.size() >= limits_.posts_max)
    return 0;
  switch (reaction) {
    case Reaction::kFavourite:
      if (post == nullptr || !post->favourited_by.insert(from).second) return 0;
      Notify(account, "favourite", from, id);
      return id;
    case Reaction::kReblog:
      if (post == nullptr || !post->reblogged_by.insert(from).second) return 0;
      Notify(account, "reblog", from, id);
      return id;
    case Reaction::kFollow:
      if (!target->followers.insert(from).second) return 0;
      Notify(account, "follow", from, 0);
      return account;
    case Reaction::kReply:
      if (post == nullptr) return 0;
      [[fallthrough]];
    case Reaction::kMessage:
    case Reaction::kMention: {
      Post written;
      written.account = from;
      written.language = "en";
      written.text = "@" + target->profile.username + " " + text;
      if (reaction == Reaction::kMessage) written.visibility = "direct";
      if (reaction == Reaction::kReply) {
        written.in_reply_to = id;
        written.in_reply_to_account = account;
      }
      return Insert(std::move(written));
    }
    case Reaction::kQuote:
      return 0;  // Mastodon::Has() refuses them
  }
  return 0;
}

}  // namespace carillon::sandbox::mastodon
