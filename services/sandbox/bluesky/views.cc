#include "services/sandbox/bluesky/views.h"

#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/json_answer.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;

json ViewerState(const Viewer& viewer, const Actor& actor) {
  json out = {{"muted", false}, {"blockedBy", false}};
  if (viewer.actor == nullptr) return out;
  const auto following = viewer.actor->following.find(actor.did);
  if (following != viewer.actor->following.end()) out["following"] = following->second;
  const auto followed = actor.following.find(viewer.actor->did);
  if (followed != actor.following.end()) out["followedBy"] = followed->second;
  return out;
}

std::string PictureUrl(const Viewer& viewer, const Actor& actor, std::string_view size, std::string_view cid) {
  return fmt::format("{}/img/{}/plain/{}/{}@jpeg", viewer.base_url, size, actor.did, cid);
}

json PostViewerState(const Viewer& viewer, const Post& post) {
  json out = {{"bookmarked", false}, {"threadMuted", false}, {"embeddingDisabled", false}};
  if (viewer.actor == nullptr) return out;
  if (!viewer.state.MayReply(*viewer.actor, post)) out["replyDisabled"] = true;
  const auto like = post.likes.find(viewer.actor->did);
  if (like != post.likes.end()) out["like"] = like->second;
  const auto repost = post.reposts.find(viewer.actor->did);
  if (repost != post.reposts.end()) out["repost"] = repost->second;
  return out;
}

}  // namespace

json DidDocument(const Actor& actor, const std::string& base_url) {
  return {{"@context", json::array({"https://www.w3.org/ns/did/v1"})},
          {"id", actor.did},
          {"alsoKnownAs", json::array({"at://" + actor.handle})},
          {"service", json::array({{{"id", "#atproto_pds"},
                                    {"type", "AtprotoPersonalDataServer"},
                                    {"serviceEndpoint", base_url}}})}};
}

json ProfileBasic(const Viewer& viewer, const Actor& actor) {
  return {{"did", actor.did},
          {"handle", actor.handle},
          {"displayName", actor.display_name},
          {"avatar", PictureUrl(viewer, actor, "avatar", actor.avatar.empty() ? "avatar" : actor.avatar)},
          {"associated", {{"chat", {{"allowIncoming", "all"}}}}},
          {"viewer", ViewerState(viewer, actor)},
          {"labels", json::array()},
          {"createdAt", IsoTime(actor.created_at)}};
}

json ProfileView(const Viewer& viewer, const Actor& actor) {
  json out = ProfileBasic(viewer, actor);
  out["description"] = actor.description;
  out["indexedAt"] = IsoTime(actor.created_at);
  return out;
}

json ProfileDetailed(const Viewer& viewer, const Actor& actor) {
  json out = ProfileView(viewer, actor);
  if (!actor.banner.empty()) out["banner"] = PictureUrl(viewer, actor, "banner", actor.banner);
  out["followersCount"] = actor.past_followers + static_cast<int64_t>(actor.followers.size());
  out["followsCount"] = actor.past_following + static_cast<int64_t>(actor.following.size());
  out["postsCount"] = actor.past_posts + actor.posts;
  return out;
}

json PostView(const Viewer& viewer, const Post& post) {
  const Actor* author = viewer.state.Find(post.did);
  json out = {{"uri", post.uri},
              {"cid", post.cid},
              {"author", ProfileBasic(viewer, *author)},
              {"record", json::parse(*post.value)},
              {"bookmarkCount", 0},
              {"replyCount", post.reply_count()},
              {"repostCount", post.repost_count()},
              {"likeCount", post.like_count()},
              {"quoteCount", post.quotes.size()},
              {"indexedAt", IsoTime(post.indexed_at)},
              {"viewer", PostViewerState(viewer, post)},
              {"labels", json::array()}};
  if (const Record* gate = viewer.state.GateOf(post)) {
    const auto uri = ParseRecordUri(post.uri);
    out["threadgate"] = {{"uri", RecordUri(post.did, kGate, uri->record_key)},
                         {"cid", gate->cid},
                         {"record", json::parse(*gate->value)},
                         {"lists", json::array()}};
  }
  json embed = EmbedView(viewer, post, 0);
  if (!embed.is_null()) out["embed"] = std::move(embed);
  return out;
}

json NotFoundPost(const std::string& uri) {
  return {{"$type", "app.bsky.feed.defs#notFoundPost"}, {"uri", uri}, {"notFound", true}};
}

json PostOrNotFound(const Viewer& viewer, const std::string& uri) {
  const Post* post = viewer.state.FindPost(uri);
  if (post == nullptr) return NotFoundPost(uri);
  json out = PostView(viewer, *post);
  out["$type"] = "app.bsky.feed.defs#postView";
  return out;
}

json FeedViewPost(const Viewer& viewer, const std::string& by, const FeedItem& item) {
  const Post& post = *viewer.state.FindPost(item.post);
  json out = {{"post", PostView(viewer, post)}};
  if (!post.parent.empty()) {
    out["reply"] = {{"root", PostOrNotFound(viewer, post.root)},
                    {"parent", PostOrNotFound(viewer, post.parent)}};
  }
  if (!item.repost.empty()) {
    const Record* record = viewer.state.FindRecord(item.repost);
    out["reason"] = {{"$type", "app.bsky.feed.defs#reasonRepost"},
                     {"by", ProfileBasic(viewer, *viewer.state.Find(by))},
                     {"uri", item.repost},
                     {"indexedAt", IsoTime(item.at)}};
    if (record != nullptr) out["reason"]["cid"] = record->cid;
  }
  return out;
}

}  // namespace carillon::sandbox::bluesky
