// app.bsky.feed.getPostThread.
#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/bluesky/views.h"
#include "services/sandbox/bluesky/xrpc.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;

constexpr size_t kPostsMax = 2000;  // of one thread

json ViewOf(const Viewer& viewer, const Post& post) {
  return {{"$type", "app.bsky.feed.defs#threadViewPost"},
          {"post", PostView(viewer, post)},
          {"threadContext", json::object()}};
}

// Oldest first, as many levels as asked for.
json Replies(const Viewer& viewer, const Post& post, int64_t depth, size_t* left) {
  std::map<SortKey, const Post*> replies;
  for (const std::string& uri : post.replies) {
    if (const Post* reply = viewer.state.FindPost(uri)) replies[reply->key] = reply;
  }
  json out = json::array();
  for (const auto& [key, reply] : replies) {
    if (*left == 0) break;
    --*left;
    json view = ViewOf(viewer, *reply);
    if (depth > 1) view["replies"] = Replies(viewer, *reply, depth - 1, left);
    out.push_back(std::move(view));
  }
  return out;
}

json Parent(const Viewer& viewer, const Post& post, int64_t height) {
  const Post* parent = viewer.state.FindPost(post.parent);
  if (parent == nullptr) return NotFoundPost(post.parent);
  json view = ViewOf(viewer, *parent);
  if (height > 1 && !parent->parent.empty()) view["parent"] = Parent(viewer, *parent, height - 1);
  return view;
}

Result<json> PostThread(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string given, call.Need("uri"));
  ASSIGN_OR_RETURN(const int64_t depth, call.Number("depth", 6, 0, 1000));
  ASSIGN_OR_RETURN(const int64_t height, call.Number("parentHeight", 80, 0, 1000));
  auto uri = ParseRecordUri(given);
  if (!uri) return Invalid("uri must be a valid at-uri");
  if (const Actor* actor = state.Find(uri->authority)) uri->authority = actor->did;
  const Post* post = state.FindPost(atproto_syntax::FormatAtUri(*uri));
  if (post == nullptr) return Invalid("Post not found: " + given, "NotFound");
  const Viewer viewer = {state, call.viewer.empty() ? nullptr : state.Find(call.viewer),
                         call.base_url};
  json thread = ViewOf(viewer, *post);
  size_t left = kPostsMax;
  thread["replies"] = depth > 0 ? Replies(viewer, *post, depth, &left) : json::array();
  if (height > 0 && !post->parent.empty()) thread["parent"] = Parent(viewer, *post, height);
  return json{{"thread", std::move(thread)}};
}

}  // namespace

void AddThreadMethods(Xrpc* xrpc) {
  xrpc->Query("app.bsky.feed.getPostThread", Auth::kNone, Reads::kTimeline, &PostThread);
}

}  // namespace carillon::sandbox::bluesky
