// Pages of posts: what a user wrote, who mentioned them, whom they follow, who quoted a post.
#include "services/sandbox/x/api.h"

namespace carillon::sandbox::x {
namespace {

using nlohmann::json;

// exclude=replies,retweets
std::function<bool(const Post&)> Excluding(const Call& call) {
  const auto excluded = ReadList(call.Query("exclude"));
  const bool no_replies = excluded.count("replies") > 0, no_reposts = excluded.count("retweets") > 0;
  return [=](const Post& post) {
    return !(no_replies && post.reply_to != 0) && !(no_reposts && post.repost_of != 0);
  };
}

Result<json> NoUser(const Call& call) {
  return json{{"errors", json::array({NotFoundError("user", "id", call.Param("id"))})}};
}

Result<json> UsersPosts(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const Id id, call.PathId("id"));
  const User* user = state.FindUser(id);
  if (user == nullptr) return NoUser(call);
  return PostPage(state, call, user->posts, {5, 10, 100, Excluding(call)});
}

Result<json> Mentions(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const Id id, call.PathId("id"));
  const User* user = state.FindUser(id);
  if (user == nullptr) return NoUser(call);
  return PostPage(state, call, user->mentions, {5, 10, 100, nullptr});
}

Result<json> Home(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const Id id, call.PathId("id"));
  if (id != call.user) return Forbidden("A timeline can only be read by its own user.");
  const User* user = state.FindUser(id);
  std::set<Id> posts = user->posts;
  for (const auto& [other, order] : user->following) {
    const User* followed = state.FindUser(other);
    posts.insert(followed->posts.begin(), followed->posts.end());
  }
  return PostPage(state, call, posts, {1, 100, 100, Excluding(call)});
}

Result<json> Quotes(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const Id id, call.PathId("id"));
  const Post* post = state.FindPost(id);
  if (post == nullptr)
    return json{{"errors", json::array({NotFoundError("tweet", "id", call.Param("id"))})}};
  return PostPage(state, call, post->quotes, {10, 10, 100, Excluding(call)});
}

}  // namespace

void AddTimelineRoutes(Api* api) {
  api->Add({"GET /2/users/:id/tweets", "tweet.read", 900, true}, &UsersPosts);
  api->Add({"GET /2/users/:id/mentions", "tweet.read", 300, true}, &Mentions);
  api->Add({"GET /2/users/:id/timelines/reverse_chronological", "tweet.read", 180, true}, &Home);
  api->Add({"GET /2/tweets/:id/quote_tweets", "tweet.read", 75, true}, &Quotes);
}

}  // namespace carillon::sandbox::x
