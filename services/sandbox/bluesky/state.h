// Everything that the stand-in holds, in memory: accounts, repositories, what the AppView makes of them, conversations, videos.
// Not thread-safe: it stands behind Guarded. Every call is short and blocks on nothing else.
//
// Errors are XRPC's: a status whose reason is the error's name and whose code stands for the HTTP status (xrpc.h).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/atproto_syntax/tid.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "services/sandbox/bluesky/firehose.h"
#include "services/sandbox/bluesky/model.h"
#include "services/sandbox/bluesky/record_check.h"
#include "services/sandbox/platform.h"

namespace carillon::sandbox::bluesky {

inline constexpr char kPost[] = "app.bsky.feed.post";
inline constexpr char kGate[] = "app.bsky.feed.threadgate";
inline constexpr char kLike[] = "app.bsky.feed.like";
inline constexpr char kRepost[] = "app.bsky.feed.repost";
inline constexpr char kFollow[] = "app.bsky.graph.follow";
inline constexpr char kProfile[] = "app.bsky.actor.profile";

struct Limits {
  size_t accounts_max = 20'000;
  size_t records_max = 3'000'000;
  size_t notifications_per_account_max = 5'000;
  size_t events_max = 100'000;  // of the firehose
  size_t messages_max = 200'000;
  size_t convos_max = 200'000;
  size_t video_jobs_max = 100'000;
  int64_t blob_bytes_max = 256 << 20;  // of all contents together; the oldest go first, their descriptions stay
  size_t blobs_max = 200'000;
};

class State {
 public:
  State(Clock* clock, uint64_t seed, Limits limits, Firehose* firehose);

  // -- accounts (actors.cc). Pointers stay good: no actor ever goes.
  Result<Actor*> AddAccount(const NewAccount& account);
  Actor* Find(const std::string& identifier);  // a DID or a handle; null: nobody. Makes its past
  std::string PersonDid(int number) const { return people_[number % people_.size()]; }
  std::vector<const Actor*> Customers() const;
  std::string DidFor(const std::string& handle) const;

  // -- repositories (repos.cc)
  struct Write {
    enum class Action { kCreate, kUpdate, kDelete };
    Action action = Action::kCreate;
    std::string collection, rkey;
    nlohmann::json value;
    // Set: what the record is expected to be at; the inner nothing is "not there".
    std::optional<std::optional<std::string>> swap;
    // Prepare() sets these.
    std::string cid;
    std::vector<BlobUse> blobs;
    bool is_known = false;
  };
  struct Commit {
    std::string cid, rev;
  };
  // Fills $type and an absent record key, checks the record, computes its CID. `validate`: nothing is "where the lexicon is known".
  Status Prepare(Write* write, std::optional<bool> validate);
  // All or nothing.
  Result<Commit> Apply(Actor* actor, const std::vector<Write>& writes,
                       const std::optional<std::string>& swap_commit);
  const Record* FindRecord(const Actor& actor, const std::string& collection,
                           const std::string& rkey) const;
  const Record* FindRecord(const std::string& uri) const;
  // The uri of an actor's like, repost or follow of the same subject; "" if there is none.
  std::string ExistingReaction(const Actor& actor, const Write& write) const;

  Status AddBlob(Actor* actor, const std::string& cid, const std::string& mime,
                 std::shared_ptr<const std::string> content);

  // -- the AppView (index.cc)
  const Post* FindPost(const std::string& uri) const;  // not the deleted
  // Who may reply in a thread that begins so: the record of its author's under the key of the post; null where everybody may.
  const Record* GateOf(const Post& root) const;
  bool MayReply(const Actor& actor, const Post& post) const;
  const Post* AnyPost(const std::string& uri) const;
  const std::map<SortKey, std::string>& posts_by_time() const { return posts_by_time_; }

  // -- synthetic users (reactions.cc)
  std::string React(Reaction reaction, int user, const std::string& account,
                    const std::string& post, const std::string& text);

  // -- conversations (chat.cc)
  Convo* FindConvo(const std::string& id);
  // Between these and no others; made where there is none.
  Result<Convo*> ConvoOf(const std::set<std::string>& members);
  Result<const Message*> Send(Convo* convo, const std::string& sender, Message message);
  void MarkRead(Convo* convo, const std::string& did, size_t count);
  void Accept(Convo* convo, const std::string& did);
  std::vector<Convo*> ConvosOf(const std::string& did);
  const std::vector<ChatEvent>& chat_log() const { return chat_log_; }

  // -- videos (videos.cc)
  // The service gives the video to the account's PDS, as a blob, when it is done with it.
  Result<const VideoJob*> AddVideo(Actor* actor, const std::string& cid, absl::Duration processing,
                                   std::shared_ptr<const std::string> content);
  const VideoJob* FindVideo(const std::string& job);
  const VideoJob* FindVideo(const std::string& did, const std::string& cid) const;
  struct VideosOfADay {
    int64_t videos = 0, bytes = 0;
  };
  VideosOfADay VideosSince(const std::string& did, absl::Time since) const;

  // -- ids and time (actors.cc)
  std::string NextTid();  // never the same twice
  SortKey NextKey(absl::Time at) { return {absl::ToUnixMicros(at), ++last_key_}; }
  absl::Time Now() const { return clock_->Now(); }
  uint64_t seed() const { return seed_; }
  const Limits& limits() const { return limits_; }

 private:
  void AddPeople();
  void EnsureHistory(Actor* actor);
  Status CheckSwap(const Write& write, const Record* current) const;
  Status CheckBlobs(const Actor& actor, const Write& write) const;
  void ApplyOne(Actor* actor, const Write& write, const std::string& rev);

  void Index(Actor* actor, const std::string& uri, const std::string& collection,
             const Record& record);
  void Unindex(Actor* actor, const std::string& uri, const std::string& collection,
               const Record& record);
  Post* Mutable(const std::string& uri);
  void IndexPost(Actor* actor, Post post, const nlohmann::json& record, absl::Time created_at);
  void IndexReaction(Actor* actor, const std::string& uri, const std::string& collection,
                     const Record& record);
  void IndexProfile(Actor* actor, const nlohmann::json& record);
  void NotifyOfPost(const Post& post, const nlohmann::json& record);
  void Notify(const std::string& did, Notification notification);
  Status FinishVideos();

  Clock* const clock_;
  const uint64_t seed_;
  const Limits limits_;
  const absl::Time started_at_;
  Firehose* const firehose_;
  std::optional<atproto_syntax::Tid> last_tid_;
  int64_t last_key_ = 0, blob_bytes_ = 0;
  size_t records_ = 0, customers_ = 0, messages_ = 0, blobs_ = 0;
  std::unordered_map<std::string, Actor> actors_;  // by DID
  std::unordered_map<std::string, std::string> by_handle_;
  std::vector<std::string> people_;  // DIDs, by number
  std::unordered_map<std::string, Post> posts_;  // by uri, deleted ones too
  std::map<SortKey, std::string> posts_by_time_;
  std::deque<std::pair<std::string, std::string>> blobs_by_age_;  // DID, CID; those with contents
  std::map<std::string, VideoJob> videos_;  // by job id
  std::deque<std::string> unfinished_;      // jobs, oldest first
  int64_t unfinished_bytes_ = 0;
  std::map<std::string, Convo> convos_;
  std::map<std::set<std::string>, std::string> convo_by_members_;
  std::vector<ChatEvent> chat_log_;
};

}  // namespace carillon::sandbox::bluesky
