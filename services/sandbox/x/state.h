// Everything that the stand-in holds, in memory: accounts, posts, reactions, media. Not thread-safe: it stands behind Guarded. Every
// call is short and blocks on nothing else. Errors are problems.h's.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "services/sandbox/platform.h"
#include "services/sandbox/truth.h"
#include "services/sandbox/x/model.h"

namespace carillon::sandbox::x {

struct Limits {
  size_t accounts_max = 20'000;
  size_t posts_max = 2'000'000;  // reposts and deleted ones too
  size_t media_max = 200'000;
  int64_t kept_bytes_max = int64_t{1} << 30;  // contents of uploads that are not complete, all together
  int64_t video_bytes_max = 512 << 20;
};

// What a client asks to be posted.
struct Draft {
  std::string text;
  Id reply_to = 0, quoted = 0;
  std::vector<Id> media;
  std::optional<Poll> poll;
  std::string reply_settings = "everyone";
  std::string labels;
  Id edit_of = 0;  // another version of this one
};

// Something that somebody did to another, besides posts.
struct Happening {
  enum class Kind { kLike, kFollow, kMessage };
  Kind kind = Kind::kLike;
  Id from = 0, to = 0;  // accounts
  Id what = 0;          // the post or the message
};

class State {
 public:
  // `is_self_serve`: replies and quotes only where the account was mentioned, and no likes or follows.
  State(Clock* clock, uint64_t seed, Limits limits, bool is_self_serve, Truth* truth);

  // -- accounts (users.cc). Pointers stay good: no user ever goes.
  Result<User*> AddAccount(const NewAccount& account);
  User* FindUser(Id id);  // null: nobody. Makes its past
  User* FindByName(std::string_view username);
  User* FindByToken(const std::string& token);
  User* FindPerson(int number) { return FindUser(people_[static_cast<size_t>(number) % people_.size()]); }
  std::vector<const User*> Customers() const;

  // -- posts (posts.cc)
  // `check_duplicate`: the same again within a day is refused. The truth is told of customers' posts.
  Result<const Post*> CreatePost(User* author, const Draft& draft, bool check_duplicate,
                                 uint64_t connection);
  Status DeletePost(const User& author, Id id);  // with all its versions
  // What the draft's `edit_of` becomes.
  Result<const Post*> EditPost(User* author, const Draft& draft, bool check_duplicate);
  static constexpr absl::Duration kEditableFor = absl::Minutes(30);
  static constexpr int kEditsMax = 5;
  bool IsEditable(const Post& post) const;  // by its kind
  Status Hide(const User& viewer, Id id, bool is_hidden);
  const Post* FindPost(Id id) const;  // not the deleted
  const Post* AnyPost(Id id) const;
  const std::set<Id>& posts_by_time() const { return by_time_; }

  // -- reactions (reactions.cc)
  Status Like(User* user, Id post, bool is_liked);
  Result<Id> Repost(User* user, Id post);  // the repost's id, also if it is there already
  void Unrepost(User* user, Id post);
  std::string React(Reaction reaction, int user, Id account, Id post, const std::string& text);

  // -- media (media.cc)
  Result<const Media*> StartUpload(const User& owner, const std::string& category,
                                   const std::string& mime, int64_t bytes);
  Result<const Media*> Append(const User& owner, Id media, int64_t segment, std::string content);
  Result<const Media*> Finalize(const User& owner, Id media, absl::Duration processing);
  Result<const Media*> OwnMedia(const User& owner, Id media) const;
  const Media* AnyMedia(Id media) const;
  Status Describe(const User& owner, Id media, const std::string& alt_text, std::set<std::string> warnings);

  // -- direct messages (messages.cc), between two
  // The other of a conversation of `user`'s; 0 if it is none.
  Id OtherOf(const User& user, const std::string& conversation) const;
  static std::string ConversationOf(Id a, Id b);
  Result<const DirectMessage*> Send(const User& sender, const std::string& conversation,
                                    const std::string& text);
  const std::map<Id, DirectMessage>& messages() const { return messages_; }

  // Who is told of each new post; once, before the first.
  void OnPost(std::function<void(State& state, const Post& post)> tell) { tell_ = std::move(tell); }
  void OnHappening(std::function<void(State& state, const Happening& happening)> tell) { tell_happening_ = std::move(tell); }

  Id NextId();
  absl::Time Now() const { return clock_->Now(); }
  uint64_t seed() const { return seed_; }
  bool is_self_serve() const { return is_self_serve_; }

 private:
  void AddPeople();
  void EnsureHistory(User* user);
  Id IdAt(absl::Time at);
  Post* Mutable(Id id);
  void Happen(const Happening& happening) {
    if (tell_happening_) tell_happening_(*this, happening);
  }

  void Unlist(const Post& post);
  void DeleteVersion(Post* post);
  Status CheckDraft(const User& author, const Draft& draft) const;
  Status CheckMedia(const User& author, const Draft& draft) const;
  Status CheckReply(const User& author, const Post* target) const;
  bool WasCalledBy(const User& user, const Post& post) const;
  std::string FingerprintOf(const Draft& draft) const;
  // Puts it where it belongs, and counts it.
  const Post* Keep(Post post);
  void DropOldUploads();

  Clock* const clock_;
  const uint64_t seed_;
  const Limits limits_;
  const bool is_self_serve_;
  const absl::Time started_at_;
  Truth* const truth_;
  std::function<void(State&, const Post&)> tell_;
  std::function<void(State&, const Happening&)> tell_happening_;
  Id last_id_ = 0;
  int64_t last_order_ = 0, kept_bytes_ = 0;
  size_t customers_ = 0;
  std::unordered_map<Id, User> users_;
  std::unordered_map<std::string, Id> by_name_;   // in small letters
  std::unordered_map<std::string, Id> by_token_;
  std::vector<Id> people_;                        // by number
  std::unordered_map<Id, Post> posts_;            // deleted ones too
  std::unordered_map<Id, int64_t> uploads_of_;    // how many each user began
  std::set<Id> by_time_;                          // without the deleted
  std::map<Id, Media> media_;
  std::map<Id, DirectMessage> messages_;
};

}  // namespace carillon::sandbox::x
