// Posts by their ids, deletion, hiding of replies.
#include "services/sandbox/x/attempt.h"

namespace carillon::sandbox::x {
namespace {

using nlohmann::json;

Result<json> ById(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const Id id, call.PathId("id"));
  const Post* post = state.FindPost(id);
  if (post == nullptr)
    return json{{"errors", json::array({NotFoundError("tweet", "id", call.Param("id"))})}};
  const Viewer viewer = call.ViewerOf(state);
  return WithIncludes(viewer, PostJson(viewer, *post), {post});
}

// Those that exist; the others are errors beside them.
Result<json> ByIds(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::vector<Id> ids, ReadIds(call, "ids"));
  const Viewer viewer = call.ViewerOf(state);
  json data = json::array(), errors = json::array();
  std::vector<const Post*> posts;
  for (const Id id : ids) {
    if (const Post* post = state.FindPost(id)) {
      data.push_back(PostJson(viewer, *post));
      posts.push_back(post);
    } else {
      errors.push_back(NotFoundError("tweet", "ids", std::to_string(id)));
    }
  }
  json out = WithIncludes(viewer, std::move(data), posts);
  if (posts.empty()) out.erase("data");
  if (!errors.empty()) out["errors"] = std::move(errors);
  return out;
}

Result<Asked> Delete(State&, const Call& call) {
  ASSIGN_OR_RETURN(const Id id, call.PathId("id"));
  return Asked{"delete", id, [id](State& state, User* user) -> Result<json> {
                 RETURN_IF_ERROR(state.DeletePost(*user, id));
                 return json{{"data", {{"deleted", true}}}};
               }};
}

Result<Asked> Hide(State&, const Call& call) {
  ASSIGN_OR_RETURN(const Id id, call.PathId("tweet_id"));
  const json* hidden = At(call.input, {"hidden"});
  if (hidden == nullptr || !hidden->is_boolean())
    return Invalid("hidden", hidden == nullptr ? "" : Dump(*hidden), "hidden must be a boolean");
  const bool hide = hidden->get<bool>();
  return Asked{hide ? "hide" : "unhide", id, [id, hide](State& state, User* user) -> Result<json> {
                 RETURN_IF_ERROR(state.Hide(*user, id, hide));
                 return json{{"data", {{"hidden", hide}}}};
               }};
}

}  // namespace

void AddPostRoutes(Api* api) {
  api->Add({"GET /2/tweets", "tweet.read", 900, true}, &ByIds);
  api->Add({"GET /2/tweets/:id", "tweet.read", 900, true}, &ById);
  AddAct(api, {"DELETE /2/tweets/:id", "tweet.write", 50}, &Delete);
  AddAct(api, {"PUT /2/tweets/:tweet_id/hidden", "tweet.moderate.write", 50, false, true}, &Hide);
}

}  // namespace carillon::sandbox::x
