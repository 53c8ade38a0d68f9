// All that the stand-in knows, in memory, behind one lock. Every call is short, never blocks on anything else and copies out what
// it gives. Ids are ordered in time, as Mastodon's snowflakes are (milliseconds << 16, then a counter).
//
// Limits: accounts, posts and media have a maximum (Limits); a full store refuses and never drops a record of an accepted post.
// Notifications are kept newest first up to a number per account.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "services/sandbox/mastodon/model.h"
#include "services/sandbox/mastodon/streams.h"
#include "services/sandbox/people.h"
#include "services/sandbox/platform.h"
#include "services/sandbox/truth.h"

namespace carillon::sandbox::mastodon {

struct Limits {
  size_t accounts_max = 20'000;
  size_t posts_max = 2'000'000;
  size_t media_max = 200'000;
  size_t notifications_per_account_max = 5'000;
};

struct Draft {
  std::string text, spoiler_text, visibility = "public", language;
  bool sensitive = false;
  int64_t in_reply_to = 0, quoted = 0;
  std::vector<int64_t> media;
  std::optional<Poll> poll;
};

class Store {
 public:
  Store(Clock* clock, uint64_t seed, Limits limits, Truth* truth);

  // -- accounts (store_accounts.cc)
  Result<Profile> AddAccount(
      const NewAccount& account);  // ALREADY_EXISTS, INVALID_ARGUMENT, RESOURCE_EXHAUSTED
  std::optional<Profile> FindToken(const std::string& token) const;
  // What is not named stays. An error is a refusal whose message is Mastodon's.
  struct ProfileUpdate {
    std::optional<std::string> display_name, note;
    std::optional<std::vector<std::pair<std::string, std::string>>> fields;
    bool avatar = false, header = false;  // there is another picture
  };
  Status UpdateProfile(int64_t account, const ProfileUpdate& update);
  void AddToken(const std::string& token, int64_t account);  // one more for that account
  void RemoveToken(const std::string& token);
  std::optional<AccountView> Account(int64_t id);
  std::optional<AccountView> Lookup(const std::string& acct) const;
  std::vector<AccountView> Accounts() const;  // those with a token
  std::optional<bool> SetFollow(int64_t follower, int64_t target,
                                bool follow);  // was there a change; nothing: no such account
  bool Follows(int64_t follower, int64_t target) const;
  std::vector<NotificationView> Notifications(int64_t account, const Page& page,
                                              const std::vector<std::string>& types,
                                              const std::vector<std::string>& exclude_types);
  void DismissNotification(int64_t account, int64_t id);  // 0: all

  // -- posts (store_posts.cc)
  // An error is a refusal whose message is Mastodon's, NOT_FOUND for the post replied to or quoted.
  struct Created {
    int64_t post = 0;
    bool replayed = false;
  };
  Result<Created> CreatePost(int64_t account, const Draft& draft,
                             const std::string& idempotency_key, bool honour_key,
                             uint64_t connection);
  Result<int64_t> EditPost(int64_t account, int64_t post, const Draft& draft);
  std::optional<StatusView> DeletePost(int64_t account, int64_t post);
  std::optional<StatusView> FindStatus(int64_t post, int64_t viewer) const;
  struct TimelineFilter {
    bool exclude_replies = false, exclude_reblogs = false, only_media = false;
  };
  std::vector<StatusView> Timeline(const std::vector<int64_t>& accounts, const Page& page,
                                   const TimelineFilter& filter, int64_t viewer);
  std::vector<int64_t> HomeOf(int64_t account) const;  // itself and whom it follows
  struct Thread {
    std::vector<StatusView> ancestors, descendants;
  };
  std::optional<Thread> Context(int64_t post, int64_t viewer) const;
  std::vector<AccountView> ReactedBy(int64_t post, bool reblogs, size_t limit) const;
  bool SetFavourite(int64_t account, int64_t post, bool on);  // false: no such post
  std::optional<int64_t> SetReblog(int64_t account, int64_t post,
                                   bool on);  // the reblogging post; nothing: no such post

  // By a synthetic user; `text` may be empty. The id of the reply or mention, else of the post; 0 if there was nothing to react to.
  int64_t React(Reaction reaction, int user, int64_t account, int64_t post,
                const std::string& text);

  // -- search and streams (store_search.cc)
  // Public posts of the sandbox's life with a term (common/platform/keyword.h), newest first.
  std::vector<StatusView> Search(const std::string& term, const Page& page, int64_t viewer) const;
  Streams streams;

  // -- media (store_media.cc)
  Result<int64_t> AddMedia(Media media);
  std::optional<Media> FindMedia(int64_t owner,
                                 int64_t id) const;  // of that owner and not attached
  std::optional<Media> UpdateMedia(int64_t owner, int64_t id,
                                   const std::optional<std::string>& description);

  // -- the ground truth (store_posts.cc): deleted posts too
  std::optional<Post> AnyPost(int64_t post, std::vector<Media>* media) const;
  std::optional<std::string> UsernameOf(int64_t account) const;
  const Clock& clock() const { return *clock_; }
  uint64_t seed() const { return seed_; }

 private:
  struct AccountState {
    Profile profile;
    int history_weeks = 0;       // not made yet; 0 when made
    std::vector<int64_t> posts;  // oldest first, without deleted ones
    std::set<int64_t> followers, following;
    int64_t past_followers = 0;
    std::deque<Notification> notifications;  // oldest first
    int64_t statuses = 0;
  };
  struct Key {
    int64_t post;
    absl::Time at;
  };

  // All with mutex_ held.
  int64_t NextId(absl::Time at);
  AccountState* Find(int64_t account);
  const AccountState* Find(int64_t account) const;
  std::optional<Profile> ProfileOf(int64_t account) const;
  std::optional<int64_t> FindAcct(const std::string& acct) const;
  AccountView ViewOf(int64_t account) const;
  StatusView ViewOf(const Post& post, int64_t viewer, bool with_quote = true) const;
  const Post* FindPost(int64_t post) const;
  Post* FindPost(int64_t post);
  void EnsureHistory(AccountState* account);
  void Notify(int64_t account, const std::string& type, int64_t from, int64_t status);
  int64_t Insert(Post post);
  Status CheckDraft(int64_t account, const Draft& draft, int64_t editing) const;
  // What a post may quote, and who then sees it.
  Status CheckQuote(int64_t account, Draft* draft) const;
  void NotifyMentions(const Post& post);
  void Tell(const Post& post) const;  // the streams
  void ForgetOldKeys(absl::Time now);

  Clock* const clock_;
  const uint64_t seed_;
  const Limits limits_;
  Truth* const truth_;
  const absl::Time started_at_;
  mutable std::mutex mutex_;
  int64_t last_id_ = 0;
  int64_t last_notification_ = 0;
  std::map<int64_t, AccountState> accounts_;
  std::unordered_map<std::string, int64_t> by_username_;
  std::unordered_map<std::string, int64_t> by_token_;
  std::unordered_map<int64_t, Post> posts_;
  std::set<int64_t> by_time_;  // of the sandbox's life, deleted ones too
  std::unordered_map<int64_t, Media> media_;
  std::unordered_map<std::string, Key> keys_;  // "account key", kept for an hour
  std::deque<std::string> keys_by_age_;
};

}  // namespace carillon::sandbox::mastodon
