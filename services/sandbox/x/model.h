// What the stand-in keeps in memory, behind one lock (state.h). Plain data. Ids are X's: whole numbers that rise with time.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace carillon::sandbox::x {

using Id = int64_t;

struct Poll {
  Id id = 0;
  std::vector<std::string> options;
  int64_t minutes = 0;
  absl::Time ends_at;
};

// A part of an upload.
struct Segment {
  int64_t bytes = 0;
  std::string digest;
  std::string content;  // of large files the first bytes alone: a video may be larger than the memory
};

struct Media {
  enum class Kind { kPhoto, kGif, kVideo };
  Id id = 0, owner = 0;
  Kind kind = Kind::kPhoto;
  std::string mime, alt_text;
  std::set<std::string> warnings;  // "adult_content", "graphic_violence", "other"
  std::string digest;  // of the content, of large files of the segments; "" until the upload is complete
  int64_t bytes = 0;   // as announced
  std::map<int64_t, Segment> segments;  // until it is complete
  int64_t number = 0;  // of its owner's uploads, from 1
  int64_t segments_taken = 0, segments_repeated = 0;
  absl::Time created_at, finalized_at, ready_at;
  bool is_broken = false;  // the content is not of its kind: processing fails

  bool is_complete() const { return !digest.empty(); }
};

struct Post {
  Id id = 0, author = 0;
  std::string text;  // as it was given
  Id reply_to = 0, reply_to_user = 0, quoted = 0, repost_of = 0, conversation = 0;
  std::vector<Id> media;
  std::optional<Poll> poll;
  std::string reply_settings = "everyone";
  std::string labels;  // JSON: members that are kept and have no effect (made_with_ai and the like)
  absl::Time at;
  std::map<Id, int64_t> likes;  // user -> in which order
  std::map<Id, Id> reposts;     // user -> the repost
  std::set<Id> replies, quotes;
  int64_t past_likes = 0, past_reposts = 0, past_replies = 0;
  bool deleted = false, hidden = false;
  std::vector<Id> versions;  // all of its history, the first one first; empty: never edited

  int64_t like_count() const { return past_likes + static_cast<int64_t>(likes.size()); }
  int64_t repost_count() const { return past_reposts + static_cast<int64_t>(reposts.size()); }
  int64_t reply_count() const { return past_replies + static_cast<int64_t>(replies.size()); }
};

struct DirectMessage {
  Id id = 0, sender = 0;
  std::string conversation;  // "12-34": of the two that talk, the smaller first
  std::string text;
  absl::Time at;
};

// An account with a token (a customer's), or a synthetic user, who has none.
struct User {
  Id id = 0;
  std::string username, name, description, token, zone;
  absl::Time created_at;
  int person = -1;        // the number of a synthetic user
  int history_weeks = 0;  // not made yet; 0 when made
  int64_t past_followers = 0, past_following = 0, past_posts = 0;
  std::set<Id> posts, mentions;  // reposts are posts too
  std::map<Id, int64_t> following, followers;  // user -> in which order
  std::map<std::string, Id> fingerprints;      // of posts (posts.cc) -> the newest of each

  bool is_customer() const { return person < 0; }
};

}  // namespace carillon::sandbox::x
