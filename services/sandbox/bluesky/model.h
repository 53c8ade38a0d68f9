// What the stand-in keeps in memory, behind one lock (state.h). Plain data.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace carillon::sandbox::bluesky {

// Newest first or last: microseconds, then a number that tells equal ones apart.
using SortKey = std::pair<int64_t, int64_t>;

// -- the PDS

struct Record {
  std::string cid;
  std::shared_ptr<const std::string> value;  // JSON
  absl::Time indexed_at;
};

struct Repo {
  std::string rev, commit;  // TID, CID
  std::map<std::string, std::map<std::string, Record>> collections;  // by collection, by record key
};

struct Blob {
  std::string mime;
  int64_t bytes = 0;
  std::shared_ptr<const std::string> content;  // null when it had to go
};

// -- the AppView

// A post in a feed, or a repost of one.
struct FeedItem {
  std::string post;
  std::string repost;  // the repost's own uri; "" for a post
  absl::Time at;
};
using Feed = std::map<SortKey, FeedItem>;

struct Notification {
  SortKey key;
  std::string reason;   // like, repost, follow, mention, reply, quote
  std::string uri;      // the record that caused it
  std::string cid;
  std::string author;   // DID
  std::string subject;  // the uri of what it is about; "" if it is about nothing
  std::shared_ptr<const std::string> value;
  absl::Time at;
};

// An account with a token (a customer's), or a synthetic user, who has none.
struct Actor {
  std::string did, handle, token, zone, display_name, description;
  std::string avatar, banner;  // CIDs of blobs; "" for none
  absl::Time created_at;
  int person = -1;        // the number of a synthetic user
  int history_weeks = 0;  // not made yet; 0 when made
  int64_t past_followers = 0, past_following = 0, past_posts = 0;
  Repo repo;
  std::map<std::string, Blob> blobs;  // by CID
  Feed feed;
  int64_t posts = 0;
  std::map<std::string, std::string> following, followers;  // DID -> the follow's uri
  std::deque<Notification> notifications;                   // oldest first
  absl::Time seen_at = absl::InfinitePast();

  bool is_customer() const { return person < 0; }
};

struct Post {
  std::string uri, cid, did;
  std::shared_ptr<const std::string> value;
  std::string text, parent, root, quoted;
  SortKey key;
  absl::Time indexed_at;
  bool has_media = false, has_video = false;
  std::map<std::string, std::string> likes, reposts;  // DID -> the like's uri
  std::set<std::string> replies, quotes;              // uris
  int64_t past_likes = 0, past_reposts = 0, past_replies = 0;
  bool deleted = false, edited = false;

  int64_t like_count() const { return past_likes + static_cast<int64_t>(likes.size()); }
  int64_t repost_count() const { return past_reposts + static_cast<int64_t>(reposts.size()); }
  int64_t reply_count() const { return past_replies + static_cast<int64_t>(replies.size()); }
};

// -- the chat

struct Message {
  std::string id, rev, sender, text;
  std::string facets, embed, reply_to;  // JSON, JSON, a message id; "" for none
  absl::Time sent_at;
};

struct Convo {
  std::string id, rev;
  std::set<std::string> members;     // DIDs
  std::set<std::string> accepted;    // those for whom it is no request
  std::vector<Message> messages;     // oldest first
  std::map<std::string, size_t> read;  // DID -> how many of the messages
};

struct ChatEvent {
  std::string rev, convo, kind;  // logBeginConvo, logCreateMessage, ...
  size_t message = 0;            // index; of logCreateMessage and logReadMessage
  std::string only;              // the one member who hears of it; "" is all
};

// -- the video service

struct VideoJob {
  std::string id, did, cid;
  int64_t bytes = 0;
  absl::Time created_at, ready_at;
  std::shared_ptr<const std::string> content;  // until it is a blob
};

}  // namespace carillon::sandbox::bluesky
