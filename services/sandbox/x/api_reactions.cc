// Likes and reposts, and who did them.
#include "services/sandbox/people.h"
#include "services/sandbox/x/attempt.h"

namespace carillon::sandbox::x {
namespace {

using nlohmann::json;

// One acts for oneself.
Result<User*> Self(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const Id id, call.PathId("id"));
  if (id == call.user) return state.FindUser(id);
  return Invalid("id", call.Param("id"),
                 fmt::format("The `id` query parameter value [{}] must be the same as the"
                             " authenticating user [{}]",
                             id, call.user));
}

Result<Id> TargetOf(const Call& call) {
  ASSIGN_OR_RETURN(const auto id, InputId(call.input, "tweet_id"));
  if (!id) return Invalid("tweet_id", "", "tweet_id is needed");
  return *id;
}

Result<Asked> Like(State& state, const Call& call) {
  RETURN_IF_ERROR(Self(state, call).status());
  ASSIGN_OR_RETURN(const Id post, TargetOf(call));
  return Asked{"like", post, [post](State& state, User* user) -> Result<json> {
                 if (state.is_self_serve()) return NotPermitted();
                 RETURN_IF_ERROR(state.Like(user, post, true));
                 return json{{"data", {{"liked", true}}}};
               }};
}

Result<Asked> Unlike(State& state, const Call& call) {
  RETURN_IF_ERROR(Self(state, call).status());
  ASSIGN_OR_RETURN(const Id post, call.PathId("tweet_id"));
  return Asked{"unlike", post, [post](State& state, User* user) -> Result<json> {
                 RETURN_IF_ERROR(state.Like(user, post, false));
                 return json{{"data", {{"liked", false}}}};
               }};
}

Result<Asked> Repost(State& state, const Call& call) {
  RETURN_IF_ERROR(Self(state, call).status());
  ASSIGN_OR_RETURN(const Id post, TargetOf(call));
  return Asked{"repost", post, [post](State& state, User* user) -> Result<json> {
                 RETURN_IF_ERROR(state.Repost(user, post).status());
                 return json{{"data", {{"retweeted", true}, {"rest_id", std::to_string(post)}}}};
               }};
}

Result<Asked> Unrepost(State& state, const Call& call) {
  RETURN_IF_ERROR(Self(state, call).status());
  ASSIGN_OR_RETURN(const Id post, call.PathId("source_tweet_id"));
  return Asked{"unrepost", post, [post](State& state, User* user) -> Result<json> {
                 state.Unrepost(user, post);
                 return json{{"data", {{"retweeted", false}}}};
               }};
}

// Newest first. Who reacted to an earlier post is made up from its id.
Result<json> Reactors(State& state, const Call& call, bool reposts) {
  ASSIGN_OR_RETURN(const Id id, call.PathId("id"));
  const Post* post = state.FindPost(id);
  if (post == nullptr)
    return json{{"errors", json::array({NotFoundError("tweet", "id", call.Param("id"))})}};
  std::vector<std::pair<int64_t, const User*>> found;
  for (const auto& [user, order] : reposts ? post->reposts : post->likes)
    found.emplace_back(order, state.FindUser(user));
  std::sort(found.begin(), found.end(), std::greater<>());
  std::vector<const User*> users;
  for (const auto& [order, user] : found) users.push_back(user);
  const int64_t past = reposts ? post->past_reposts : post->past_likes;
  const uint64_t start =
      HashWords(state.seed(), {call.Param("id"), reposts ? "reposts" : "likes"});
  for (int64_t i = 0; i < past; ++i) {
    const uint64_t number = (start + static_cast<uint64_t>(i) * 37) % kSyntheticUsers;
    users.push_back(state.FindPerson(static_cast<int>(number)));
  }
  return UserPage(state, call, users, 100);
}

}  // namespace

void AddReactionRoutes(Api* api) {
  AddAct(api, {"POST /2/users/:id/likes", "like.write", 50, false, true}, &Like);
  AddAct(api, {"DELETE /2/users/:id/likes/:tweet_id", "like.write", 50}, &Unlike);
  AddAct(api, {"POST /2/users/:id/retweets", "tweet.write", 50, false, true}, &Repost);
  AddAct(api, {"DELETE /2/users/:id/retweets/:source_tweet_id", "tweet.write", 50}, &Unrepost);
  api->Add({"GET /2/tweets/:id/liking_users", "like.read", 75},
           [](State& state, const Call& call) { return Reactors(state, call, false); });
  api->Add({"GET /2/tweets/:id/retweeted_by", "tweet.read", 75},
           [](State& state, const Call& call) { return Reactors(state, call, true); });
}

}  // namespace carillon::sandbox::x
