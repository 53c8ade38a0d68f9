#include "common/platform/x/signals.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/platform/x/api.h"

namespace carillon::x {

using platform::GetMember;
using platform::GetText;
using platform::Json;

std::map<std::string, Author> ReadAuthors(const Json& body) {
  std::map<std::string, Author> out;
  const Json& users = GetMember(GetMember(body, "includes"), "users");
  if (!users.is_array()) return out;
  for (const Json& user : users) {
    out[platform::GetId(user, "id")] = {GetText(user, "username"), GetText(user, "name")};
  }
  return out;
}

Result<std::optional<platform::Signal>> SignalOf(const PostView& post,
                                                 const std::map<std::string, Author>& authors,
                                                 std::string_view own_account_id, bool is_mention) {
  if (post.author_id.empty()) return MakeStatus(Code::kUnavailable, "X sent a post without its author");
  if (post.is_repost || post.author_id == own_account_id) return std::nullopt;
  platform::Signal signal;
  const bool answers_us = post.reply_to_author_id == own_account_id && !post.reply_to_id.empty();
  const std::vector<std::string>& named = post.mentioned_ids;
  const bool names_us = is_mention || std::find(named.begin(), named.end(), own_account_id) != named.end();
  const bool is_reply = answers_us || !names_us;
  signal.kind = is_reply ? platform::SignalKind::kReply : platform::SignalKind::kMention;
  signal.remote_id = post.id;
  signal.created_at = post.created_at;
  const auto author = authors.find(post.author_id);
  // One whose account was suspended since has no name any more.
  const bool known = author != authors.end() && !author->second.username.empty();
  signal.author = known ? author->second.username : post.author_id;
  if (known) signal.author_name = author->second.name;
  if (answers_us) signal.post_remote_id = post.reply_to_id;
  signal.status_remote_id = post.id;
  signal.status_url = known ? fmt::format("https://x.com/{}/status/{}", signal.author, post.id)
                            : PostUrl(post.id);
  signal.text = PlainText(post);
  return std::optional<platform::Signal>(std::move(signal));
}

Result<std::vector<platform::MetricSnapshot>> SnapshotsOf(const std::vector<PostView>& posts) {
  std::vector<platform::MetricSnapshot> out;
  for (const PostView& post : posts) {
    if (post.is_repost) continue;
    if (!post.has_counts) return MakeStatus(Code::kUnavailable, "X sent a post without its counts");
    out.push_back({
        .post_remote_id = post.id,
        .posted_at = post.created_at,
        .url = PostUrl(post.id),
        .text = PlainText(post),
        .is_reply = !post.conversation_id.empty() && post.conversation_id != post.id,
        .replies = post.replies,
        .boosts = post.reposts + post.quotes,
        .favourites = post.likes,
        .impressions = post.impressions,
        .link_clicks = {},
        .profile_clicks = {},
    });
  }
  return out;
}

}  // namespace carillon::x
