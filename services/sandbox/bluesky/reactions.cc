// What synthetic users do, as records in their own repositories.
#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/bluesky/state.h"
#include "services/sandbox/json_answer.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;

json Ref(const Post& post) { return {{"uri", post.uri}, {"cid", post.cid}}; }

json PostRecord(const std::string& text, absl::Time now) {
  return {{"$type", kPost}, {"text", text}, {"createdAt", IsoTime(now)}, {"langs", {"en"}}};
}

json ReplyRef(const State& state, const Post& post) {
  const Post* root = post.root.empty() ? nullptr : state.FindPost(post.root);
  return {{"root", Ref(root == nullptr ? post : *root)}, {"parent", Ref(post)}};
}

json MentionFacets(const std::string& mention, const std::string& did) {
  json facet;
  facet["index"] = {{"byteStart", 0}, {"byteEnd", mention.size()}};
  facet["features"].push_back({{"$type", "app.bsky.richtext.facet#mention"}, {"did", did}});
  json facets = json::array();
  facets.push_back(std::move(facet));
  return facets;
}

}  // namespace

std::string State::React(Reaction reaction, int user, const std::string& account,
                         const std::string& uri, const std::string& text) {
  Actor* const from = Find(PersonDid(user));
  Actor* const target = Find(account);
  const Post* const post = uri.empty() ? nullptr : FindPost(uri);
  if (from == nullptr || target == nullptr || (!uri.empty() && post == nullptr)) return "";
  if (reaction == Reaction::kMessage) {
    const auto convo = ConvoOf({from->did, target->did});
    if (!convo.ok()) return "";
    Message message;
    message.text = text;
    const auto sent = Send(*convo, from->did, std::move(message));
    return sent.ok() ? (*sent)->id : "";
  }
  const bool needs_post = reaction != Reaction::kMention && reaction != Reaction::kFollow;
  if (needs_post && post == nullptr) return "";
  const std::string mention = "@" + target->handle;
  Write write;
  write.collection = kPost;
  switch (reaction) {
    case Reaction::kFavourite:
    case Reaction::kReblog:
      write.collection = reaction == Reaction::kFavourite ? kLike : kRepost;
      write.value = {{"subject", Ref(*post)}, {"createdAt", IsoTime(Now())}};
      break;
    case Reaction::kFollow:
      write.collection = kFollow;
      write.value = {{"subject", target->did}, {"createdAt", IsoTime(Now())}};
      break;
    case Reaction::kReply:
      write.value = PostRecord(text, Now());
      write.value["reply"] = ReplyRef(*this, *post);
      break;
    case Reaction::kQuote:
      write.value = PostRecord(text, Now());
      write.value["embed"] = {{"$type", "app.bsky.embed.record"}, {"record", Ref(*post)}};
      break;
    case Reaction::kMention:
      write.value = PostRecord(mention + " " + text, Now());
      write.value["facets"] = MentionFacets(mention, target->did);
      break;
    case Reaction::kMessage:
      break;
  }
  if (!ExistingReaction(*from, write).empty()) return "";
  if (!Prepare(&write, true).ok() || !Apply(from, {write}, std::nullopt).ok()) return "";
  if (write.collection == kFollow) return target->did;
  return write.collection == kPost ? RecordUri(from->did, kPost, write.rkey) : uri;
}

}  // namespace carillon::sandbox::bluesky
