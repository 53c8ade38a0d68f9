// The record of a post (lexicon app.bsky.feed.post), and the key it is put under. Pure.
//
// Key and time of a record follow from the delivery alone, so every attempt puts the same record under the same key: the platform keeps
// one of them, whatever becomes of the answers.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/platform/connector.h"
#include "common/platform/json.h"

namespace carillon::bluesky {

inline constexpr std::string_view kPostCollection = "app.bsky.feed.post";
inline constexpr std::string_view kGateCollection = "app.bsky.feed.threadgate";

// The text as it is posted: the link stands at its end, unless the text has it.
std::string PostText(const platform::PublishContent& content);

// A TID (atproto.com/specs/tid) of that time, told apart from others of the same microsecond by the key.
std::string RecordKey(absl::Time first_sent_at, std::string_view idempotency_key);

// Whether it is RecordKey() of that delivery for some time. True for one in a million of other records' keys.
bool IsKeyOf(std::string_view record_key, std::string_view idempotency_key);

// com.atproto.repo.strongRef: what a reply or a quote points to.
struct StrongRef {
  std::string uri;
  std::string cid;
};
struct ReplyTo {
  StrongRef root;
  StrongRef parent;
};

struct PostParts {
  std::map<std::string, std::string> did_of;  // of the handles that exist
  std::optional<ReplyTo> reply;
  std::optional<StrongRef> quoted;
  std::vector<platform::Json> blobs;          // of content.media, in order, as uploadBlob gave them
};

platform::Json MakePost(const platform::PublishContent& content, absl::Time created_at,
                        const PostParts& parts);

// Who may reply (lexicon app.bsky.feed.threadgate): a record of its own, under the key of the post.
platform::Json MakeGate(const std::vector<platform::ReplyGroup>& groups, absl::Time created_at, std::string_view post_uri);

// The at-URI of a post, given so or as "https://bsky.app/profile/brand.example/post/3k..."; its authority may be a handle. "" for
// anything else.
std::string QuotedUri(std::string_view quoted);

// The handles that the text mentions, in small letters, each once.
std::vector<std::string> MentionedHandles(const platform::PublishContent& content);

// "https://bsky.app/profile/brand.example/post/3k..." of an at-URI.
std::string WebAddress(std::string_view uri, std::string_view handle);

}  // namespace carillon::bluesky
