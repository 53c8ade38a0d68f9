// Users: oneself, others by id or name, followers.
#include "services/sandbox/x/api.h"

namespace carillon::sandbox::x {
namespace {

using nlohmann::json;

Result<json> OneUser(State& state, const Call& call, const User* user, const char* parameter) {
  if (user == nullptr)
    return json{{"errors", json::array({NotFoundError("user", parameter, call.Param(parameter))})}};
  return json{{"data", UserJson(call.ViewerOf(state), *user)}};
}

Result<json> ById(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const Id id, call.PathId("id"));
  return OneUser(state, call, state.FindUser(id), "id");
}

Result<json> ByName(State& state, const Call& call) {
  return OneUser(state, call, state.FindByName(call.Param("username")), "username");
}

// Of those that exist; the others are errors beside them.
template <typename Find>
Result<json> Several(State& state, const Call& call, const char* parameter, Find find) {
  const auto wanted = ReadList(call.Query(parameter));
  if (wanted.empty() || wanted.size() > 100) {
    return Invalid(parameter, call.Query(parameter),
                   fmt::format("The `{}` query parameter has 1 to 100 values", parameter));
  }
  json out = json::object();
  for (const std::string& one : wanted) {
    if (const User* user = find(one))
      out["data"].push_back(UserJson(call.ViewerOf(state), *user));
    else
      out["errors"].push_back(NotFoundError("user", parameter, one));
  }
  return out;
}

// The newest first; those of the past are made up from the seed.
Result<json> Followers(State& state, const Call& call, bool following) {
  ASSIGN_OR_RETURN(const Id id, call.PathId("id"));
  const User* user = state.FindUser(id);
  if (user == nullptr)
    return json{{"errors", json::array({NotFoundError("user", "id", call.Param("id"))})}};
  std::vector<std::pair<int64_t, const User*>> found;
  for (const auto& [other, order] : following ? user->following : user->followers)
    found.emplace_back(order, state.FindUser(other));
  std::sort(found.begin(), found.end(), std::greater<>());
  std::vector<const User*> users;
  for (const auto& [order, other] : found) users.push_back(other);
  return UserPage(state, call, users, 1000);
}

}  // namespace

void AddUserRoutes(Api* api) {
  api->Add({"GET /2/users/me", "users.read", 75}, [](State& state, const Call& call) -> Result<json> {
    return json{{"data", UserJson(call.ViewerOf(state), *state.FindUser(call.user))}};
  });
  api->Add({"GET /2/users/by/username/:username", "users.read", 900}, &ByName);
  api->Add({"GET /2/users/by", "users.read", 900}, [](State& state, const Call& call) {
    return Several(state, call, "usernames",
                   [&](const std::string& name) { return state.FindByName(name); });
  });
  api->Add({"GET /2/users/:id", "users.read", 900}, &ById);
  api->Add({"GET /2/users", "users.read", 900}, [](State& state, const Call& call) {
    return Several(state, call, "ids",
                   [&](const std::string& id) { return state.FindUser(ReadId(id)); });
  });
  api->Add({"GET /2/users/:id/followers", "follows.read", 300},
           [](State& state, const Call& call) { return Followers(state, call, false); });
  api->Add({"GET /2/users/:id/following", "follows.read", 300},
           [](State& state, const Call& call) { return Followers(state, call, true); });
}

}  // namespace carillon::sandbox::x
