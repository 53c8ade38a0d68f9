// What the AppView makes of the records: feeds, counts, threads, notifications.
#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/bluesky/state.h"
#include "services/sandbox/json_input.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;

std::string TypeOf(const json& embed) { return TextAt(embed, {"$type"}); }

// The media within an embed: itself, or what stands beside a record.
json MediaOf(const json& embed) {
  return TypeOf(embed) == "app.bsky.embed.recordWithMedia" ? embed.value("media", json()) : embed;
}

std::string QuotedIn(const json& embed) {
  if (TypeOf(embed) == "app.bsky.embed.record")
    return TextAt(embed, {"record", "uri"});
  if (TypeOf(embed) == "app.bsky.embed.recordWithMedia")
    return TextAt(embed, {"record", "record", "uri"});
  return "";
}

bool Mentions(const json& record, const std::string& did) {
  for (const json& facet : record.value("facets", json::array())) {
    if (!facet.is_object()) continue;
    for (const json& feature : facet.value("features", json::array())) {
      if (TypeOf(feature) == "app.bsky.richtext.facet#mention" && TextAt(feature, {"did"}) == did) return true;
    }
  }
  return false;
}

void ReadPost(const json& record, Post* post) {
  post->text = TextAt(record, {"text"});
  post->parent = TextAt(record, {"reply", "parent", "uri"});
  post->root = TextAt(record, {"reply", "root", "uri"});
  const json embed = record.value("embed", json::object());
  post->quoted = QuotedIn(embed);
  const std::string media = TypeOf(MediaOf(embed));
  post->has_video = media == "app.bsky.embed.video";
  post->has_media = post->has_video || media == "app.bsky.embed.images" ||
                    media == "app.bsky.embed.gallery";
}

}  // namespace

const Post* State::AnyPost(const std::string& uri) const {
  const auto found = posts_.find(uri);
  return found == posts_.end() ? nullptr : &found->second;
}

const Post* State::FindPost(const std::string& uri) const {
  const Post* post = AnyPost(uri);
  return post == nullptr || post->deleted ? nullptr : post;
}

const Record* State::GateOf(const Post& root) const {
  const auto uri = ParseRecordUri(root.uri);
  const auto author = actors_.find(root.did);
  if (!uri || author == actors_.end()) return nullptr;
  const Record* gate = FindRecord(author->second, kGate, uri->record_key);
  const bool is_its = gate != nullptr && TextAt(json::parse(*gate->value, nullptr, false), {"post"}) == root.uri;
  return is_its ? gate : nullptr;
}

bool State::MayReply(const Actor& actor, const Post& post) const {
  const Post* root = post.root.empty() ? &post : FindPost(post.root);
  const Record* gate = root == nullptr ? nullptr : GateOf(*root);
  if (gate == nullptr || root->did == actor.did) return true;
  const json record = json::parse(*gate->value, nullptr, false);
  if (!record.contains("allow")) return true;
  const Actor& author = actors_.at(root->did);
  for (const json& rule : record["allow"]) {
    const std::string type = TypeOf(rule);
    if (type == std::string(kGate) + "#mentionRule" && Mentions(json::parse(*root->value, nullptr, false), actor.did))
      return true;
    if (type == std::string(kGate) + "#followerRule" && author.followers.contains(actor.did)) return true;
    if (type == std::string(kGate) + "#followingRule" && author.following.contains(actor.did)) return true;
  }
  return false;
}

Post* State::Mutable(const std::string& uri) { return const_cast<Post*>(FindPost(uri)); }

void State::Index(Actor* actor, const std::string& uri, const std::string& collection,
                  const Record& record) {
  const json value = json::parse(*record.value, nullptr, false);
  if (collection == kProfile) return IndexProfile(actor, value);
  if (collection != kPost) return IndexReaction(actor, uri, collection, record);
  if (Post* known = Mutable(uri)) {  // an edit: its text, not its place
    known->cid = record.cid;
    known->value = record.value;
    known->edited = true;
    known->text = TextAt(value, {"text"});
    return;
  }
  Post post;
  post.uri = uri;
  post.cid = record.cid;
  post.did = actor->did;
  post.value = record.value;
  post.indexed_at = record.indexed_at;
  const auto created_at = ParseDatetime(TextAt(value, {"createdAt"}));
  IndexPost(actor, std::move(post), value, created_at.value_or(record.indexed_at));
}

// A post of the past stands where it says, one that says the future where it came.
void State::IndexPost(Actor* actor, Post post, const json& record, absl::Time created_at) {
  ReadPost(record, &post);
  post.key = NextKey(std::min(created_at, post.indexed_at));
  actor->feed[post.key] = {post.uri, "", post.indexed_at};
  ++actor->posts;
  posts_by_time_[post.key] = post.uri;
  if (Post* parent = Mutable(post.parent); parent != nullptr && MayReply(*actor, *parent)) parent->replies.insert(post.uri);
  if (Post* quoted = Mutable(post.quoted)) quoted->quotes.insert(post.uri);
  const std::string uri = post.uri;
  // The key may have been used by a deleted one.
  const Post& kept = posts_.insert_or_assign(uri, std::move(post)).first->second;
  NotifyOfPost(kept, record);
}

void State::NotifyOfPost(const Post& post, const json& record) {
  std::set<std::string> told = {post.did};
  auto tell = [&](const std::string& did, const char* reason, const std::string& subject) {
    if (!told.insert(did).second) return;
    Notify(did, {{}, reason, post.uri, post.cid, post.did, subject, post.value, post.indexed_at});
  };
  for (const json& facet : record.value("facets", json::array())) {
    if (!facet.is_object()) continue;
    for (const json& feature : facet.value("features", json::array())) {
      if (TypeOf(feature) == "app.bsky.richtext.facet#mention")
        tell(TextAt(feature, {"did"}), "mention", "");
    }
  }
  if (const Post* quoted = FindPost(post.quoted)) tell(quoted->did, "quote", quoted->uri);
  if (const Post* parent = FindPost(post.parent); parent != nullptr && !MayReply(actors_.at(post.did), *parent)) return;
  if (const Post* parent = FindPost(post.parent)) tell(parent->did, "reply", parent->uri);
  if (const Post* root = FindPost(post.root)) tell(root->did, "reply", root->uri);
}

void State::IndexReaction(Actor* actor, const std::string& uri, const std::string& collection,
                          const Record& record) {
  const json value = json::parse(*record.value, nullptr, false);
  const absl::Time now = Now();
  if (collection == kFollow) {
    const std::string did = TextAt(value, {"subject"});
    const auto target = actors_.find(did);
    if (target == actors_.end() || did == actor->did) return;
    if (!actor->following.emplace(did, uri).second) return;
    target->second.followers[actor->did] = uri;
    Notify(did, {{}, "follow", uri, record.cid, actor->did, "", record.value, now});
    return;
  }
  if (collection != kLike && collection != kRepost) return;
  Post* post = Mutable(TextAt(value, {"subject", "uri"}));
  if (post == nullptr) return;
  const bool is_like = collection == kLike;
  if (!(is_like ? post->likes : post->reposts).emplace(actor->did, uri).second) return;
  if (!is_like) actor->feed[NextKey(now)] = {post->uri, uri, now};
  Notify(post->did, {{}, is_like ? "like" : "repost", uri, record.cid, actor->did, post->uri,
                     record.value, now});
}

void State::IndexProfile(Actor* actor, const json& record) {
  actor->display_name = TextAt(record, {"displayName"});
  actor->description = TextAt(record, {"description"});
  actor->avatar = TextAt(record, {"avatar", "ref", "$link"});
  actor->banner = TextAt(record, {"banner", "ref", "$link"});
}

void State::Unindex(Actor* actor, const std::string& uri, const std::string& collection,
                    const Record& record) {
  const json value = json::parse(*record.value, nullptr, false);
  if (collection == kPost) {
    Post* post = Mutable(uri);
    if (post == nullptr) return;
    post->deleted = true;
    actor->feed.erase(post->key);
    posts_by_time_.erase(post->key);
    --actor->posts;
    if (Post* parent = Mutable(post->parent)) parent->replies.erase(uri);
    if (Post* quoted = Mutable(post->quoted)) quoted->quotes.erase(uri);
  } else if (collection == kProfile) {
    IndexProfile(actor, json::object());
  } else if (collection == kFollow) {
    const std::string did = TextAt(value, {"subject"});
    const auto follow = actor->following.find(did);
    if (follow == actor->following.end() || follow->second != uri) return;
    actor->following.erase(follow);
    actors_.at(did).followers.erase(actor->did);
  } else if (collection == kLike || collection == kRepost) {
    std::erase_if(actor->feed, [&](const auto& item) { return item.second.repost == uri; });
    Post* post = Mutable(TextAt(value, {"subject", "uri"}));
    if (post == nullptr) return;
    auto& reactions = collection == kLike ? post->likes : post->reposts;
    const auto reaction = reactions.find(actor->did);
    if (reaction != reactions.end() && reaction->second == uri) reactions.erase(reaction);
  }
}

// Synthetic users read none.
void State::Notify(const std::string& did, Notification notification) {
  const auto found = actors_.find(did);
  if (found == actors_.end() || !found->second.is_customer() || did == notification.author) return;
  auto& all = found->second.notifications;
  // As it is told: what was seen until then is read.
  notification.at = absl::FromUnixMillis(absl::ToUnixMillis(notification.at));
  notification.key = NextKey(notification.at);
  if (!all.empty()) notification.key.first = std::max(notification.key.first, all.back().key.first);
  all.push_back(std::move(notification));
  if (all.size() > limits_.notifications_per_account_max) all.pop_front();
}

}  // namespace carillon::sandbox::bluesky
