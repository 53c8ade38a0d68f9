// app.bsky.feed: feeds, posts by their uris, and who reacted.
#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/bluesky/views.h"
#include "services/sandbox/bluesky/xrpc.h"
#include "services/sandbox/json_input.h"
#include "services/sandbox/people.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;

constexpr size_t kPostsMax = 25;

Viewer ViewerOf(State& state, const Call& call) {
  return {state, call.viewer.empty() ? nullptr : state.Find(call.viewer), call.base_url};
}

// As the names of the lexicon: "posts_no_replies" and so on.
bool Takes(const std::string& filter, const State& state, const FeedItem& item) {
  const Post* post = state.FindPost(item.post);
  if (post == nullptr) return false;
  const bool is_repost = !item.repost.empty();
  if (filter == "posts_with_media") return !is_repost && post->has_media;
  if (filter == "posts_with_video") return !is_repost && post->has_video;
  if (filter == "posts_no_replies") return is_repost || post->parent.empty();
  if (filter == "posts_and_author_threads") {
    const auto root = ParseRecordUri(post->root);
    return is_repost || post->parent.empty() || (root && root->authority == post->did);
  }
  return true;
}

struct Entry {
  SortKey key;
  const FeedItem* item;
  std::string by;
};

// The `limit` newest of these feeds below the cursor, and one more where there is one.
std::vector<Entry> Newest(State& state, const std::vector<Actor*>& actors,
                          const std::optional<SortKey>& cursor, size_t limit,
                          const std::string& filter) {
  std::vector<Entry> all;
  for (const Actor* actor : actors) {
    auto at = cursor ? actor->feed.lower_bound(*cursor) : actor->feed.end();
    for (size_t taken = 0; at != actor->feed.begin() && taken <= limit;) {
      --at;
      if (!Takes(filter, state, at->second)) continue;
      all.push_back({at->first, &at->second, actor->did});
      ++taken;
    }
  }
  std::sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) { return a.key > b.key; });
  if (all.size() > limit + 1) all.resize(limit + 1);
  return all;
}

json FeedJson(const Viewer& viewer, std::vector<Entry> entries, size_t limit) {
  json out;
  if (entries.size() > limit) {
    entries.resize(limit);
    out["cursor"] = CursorOf(entries.back().key);
  }
  out["feed"] = json::array();
  for (const Entry& entry : entries)
    out["feed"].push_back(FeedViewPost(viewer, entry.by, *entry.item));
  return out;
}

Result<json> AuthorFeed(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string identifier, call.Need("actor"));
  ASSIGN_OR_RETURN(const size_t limit, call.Limit(50));
  ASSIGN_OR_RETURN(const auto cursor, ReadCursor(call.Get("cursor")));
  Actor* actor = state.Find(identifier);
  if (actor == nullptr) return Invalid("Profile not found");
  return FeedJson(ViewerOf(state, call),
                  Newest(state, {actor}, cursor, limit, call.Get("filter")), limit);
}

Result<json> Timeline(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const size_t limit, call.Limit(50));
  ASSIGN_OR_RETURN(const auto cursor, ReadCursor(call.Get("cursor")));
  std::vector<Actor*> actors = {state.Find(call.viewer)};
  for (const auto& [did, uri] : actors.front()->following) actors.push_back(state.Find(did));
  return FeedJson(ViewerOf(state, call), Newest(state, actors, cursor, limit, ""), limit);
}

Result<json> GetPosts(State& state, const Call& call) {
  const std::vector<std::string> uris = call.All("uris");
  if (uris.empty()) return Invalid("Params must have the property \"uris\"");
  if (uris.size() > kPostsMax) return Invalid("uris must not have more than 25 elements");
  json posts = json::array();
  for (const std::string& uri : uris) {
    if (!IsAtUri(uri)) return Invalid("uris must be a valid at-uri");
    if (const Post* post = state.FindPost(uri))
      posts.push_back(PostView(ViewerOf(state, call), *post));
  }
  return json{{"posts", std::move(posts)}};
}

struct Reactor {
  const Actor* actor;
  absl::Time at;
};

// Newest first. Who liked an earlier post follows from its uri.
std::vector<Reactor> Reactors(State& state, const Post& post, bool reposts) {
  std::vector<std::pair<std::string, Reactor>> found;
  for (const auto& [did, uri] : reposts ? post.reposts : post.likes)
    found.push_back({uri.substr(uri.rfind('/')), {state.Find(did), state.FindRecord(uri)->indexed_at}});
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<Reactor> out;
  for (const auto& [key, reactor] : found) out.push_back(reactor);
  const int64_t past = reposts ? post.past_reposts : post.past_likes;
  const uint64_t start = HashWords(state.seed(), {post.uri, reposts ? "reposts" : "likes"});
  for (int64_t i = 0; i < past; ++i) {
    const int user = static_cast<int>((start + static_cast<uint64_t>(i) * 37) % kSyntheticUsers);
    out.push_back({state.Find(state.PersonDid(user)),
                   post.indexed_at + absl::Minutes(past - i)});
  }
  return out;
}

Result<const Post*> NeedPost(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string uri, call.Need("uri"));
  if (!IsAtUri(uri)) return Invalid("uri must be a valid at-uri");
  return state.FindPost(uri);
}

// Of getLikes and getRepostedBy; the cursor counts those that were given. Nobody liked a post that is not there.
Result<json> ReactedBy(State& state, const Call& call, bool reposts) {
  ASSIGN_OR_RETURN(const Post* post, NeedPost(state, call));
  ASSIGN_OR_RETURN(const size_t limit, call.Limit(50));
  const std::vector<Reactor> all =
      post == nullptr ? std::vector<Reactor>() : Reactors(state, *post, reposts);
  const size_t begin = std::strtoull(call.Get("cursor").c_str(), nullptr, 10),
               end = std::min(all.size(), begin + limit);
  const Viewer viewer = ViewerOf(state, call);
  json list = json::array();
  for (size_t i = begin; i < end; ++i) {
    const std::string at = IsoTime(all[i].at);
    json actor = ProfileView(viewer, *all[i].actor);
    list.push_back(reposts ? std::move(actor)
                           : json{{"actor", std::move(actor)}, {"createdAt", at}, {"indexedAt", at}});
  }
  json out = {{"uri", call.Get("uri")}, {reposts ? "repostedBy" : "likes", std::move(list)}};
  if (post != nullptr) out["cid"] = post->cid;
  if (end < all.size()) out["cursor"] = std::to_string(end);
  return out;
}

Result<json> Quotes(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const Post* post, NeedPost(state, call));
  ASSIGN_OR_RETURN(const size_t limit, call.Limit(50));
  ASSIGN_OR_RETURN(const auto cursor, ReadCursor(call.Get("cursor")));
  std::map<SortKey, const Post*, std::greater<>> quotes;
  if (post != nullptr) {
    for (const std::string& uri : post->quotes) {
      if (const Post* quote = state.FindPost(uri); quote && (!cursor || quote->key < *cursor))
        quotes[quote->key] = quote;
    }
  }
  json out = {{"uri", call.Get("uri")}, {"posts", json::array()}};
  if (post != nullptr) out["cid"] = post->cid;
  SortKey last;
  for (const auto& [key, quote] : quotes) {
    if (out["posts"].size() == limit) {
      out["cursor"] = CursorOf(last);
      break;
    }
    out["posts"].push_back(PostView(ViewerOf(state, call), *quote));
    last = key;
  }
  return out;
}

}  // namespace

void AddFeedMethods(Xrpc* xrpc) {
  xrpc->Query("app.bsky.feed.getAuthorFeed", Auth::kNone, Reads::kTimeline, &AuthorFeed);
  xrpc->Query("app.bsky.feed.getTimeline", Auth::kUser, Reads::kTimeline, &Timeline);
  xrpc->Query("app.bsky.feed.getPosts", Auth::kNone, Reads::kTimeline, &GetPosts);
  xrpc->Query("app.bsky.feed.getLikes", Auth::kNone, Reads::kNo,
              [](State& state, const Call& call) { return ReactedBy(state, call, false); });
  xrpc->Query("app.bsky.feed.getRepostedBy", Auth::kNone, Reads::kNo,
              [](State& state, const Call& call) { return ReactedBy(state, call, true); });
  xrpc->Query("app.bsky.feed.getQuotes", Auth::kNone, Reads::kNo, &Quotes);
}

}  // namespace carillon::sandbox::bluesky
