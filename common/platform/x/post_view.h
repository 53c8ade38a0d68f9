// A post as X describes it (docs.x.com/x-api/fundamentals/data-dictionary), reduced to what Carillon uses. Pure.
//
// X renamed what it once called tweets: "referenced_posts" was "referenced_tweets", "note_post" was "note_tweet". The new names are asked
// for; both are read.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/platform/facts.h"
#include "common/platform/json.h"
#include "common/platform/unreadable.h"

namespace carillon::x {

// X writes each URL of a text as a t.co link of its own, and appends one for the media.
struct Link {
  std::string short_url;  // "https://t.co/..."
  std::string url;        // what stood there, with a scheme
  bool is_media = false;
};

struct PostView {
  std::string id;
  absl::Time created_at;
  std::string raw_text;     // with the short links, and "&amp;", "&lt;", "&gt;", as X writes them
  std::vector<Link> links;  // in the order of the text
  std::string author_id;    // where it was asked for
  std::string reply_to_id;  // where it was asked for; empty also for a reply to a post that is gone
  std::string reply_to_author_id;
  std::string conversation_id;  // of the first post; its own for that one
  std::vector<std::string> mentioned_ids;
  bool is_repost = false;
  bool has_poll = false;
  std::string quoted_id;
  int media_count = 0;
  bool has_counts = false;
  int64_t likes = 0;
  int64_t reposts = 0;
  int64_t replies = 0;
  int64_t quotes = 0;
  std::optional<int64_t> impressions;
};

// The fields of `post.fields` that ReadPost() needs; the rest it gets by expansions.
std::string PostFields();

// An error for a post without an id or a time: half of one is never guessed. `facts` has the names of the counts.
Result<PostView> ReadPost(const platform::Json& post, const platform::Facts& facts);
// The posts of an answer; none where it says that there are none. An error where it says neither. One bad post is an error of all, or
// where there is an `unreadable`, left out.
Result<std::vector<PostView>> ReadPosts(const platform::Json& body, const platform::Facts& facts,
                                        platform::Unreadable* unreadable = nullptr);

// A count by the name that the facts give it, and by the one that it had before.
int64_t CountOf(const platform::Json& metrics, const std::string& name, const char* old_name = "");

// "&amp;", "&lt;" and "&gt;" as what they stand for.
std::string Unescaped(std::string_view text);
// As its author wrote it: links whole, without the one of the media.
std::string PlainText(const PostView& post);

}  // namespace carillon::x
