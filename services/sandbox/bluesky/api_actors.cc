// app.bsky.actor: profiles and preferences.
#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/bluesky/views.h"
#include "services/sandbox/bluesky/xrpc.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;

constexpr size_t kProfilesMax = 25;

Viewer ViewerOf(State& state, const Call& call) {
  return {state, call.viewer.empty() ? nullptr : state.Find(call.viewer), call.base_url};
}

Result<json> GetProfile(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string identifier, call.Need("actor"));
  if (!IsDid(identifier) && !IsHandle(identifier))
    return Invalid("actor must be a valid did or a handle");
  const Actor* actor = state.Find(identifier);
  if (actor == nullptr) return Invalid("Profile not found");
  return ProfileDetailed(ViewerOf(state, call), *actor);
}

Result<json> GetProfiles(State& state, const Call& call) {
  const std::vector<std::string> identifiers = call.All("actors");
  if (identifiers.empty()) return Invalid("Params must have the property \"actors\"");
  if (identifiers.size() > kProfilesMax)
    return Invalid("actors must not have more than 25 elements");
  json profiles = json::array();
  for (const std::string& identifier : identifiers) {
    if (const Actor* actor = state.Find(identifier))
      profiles.push_back(ProfileDetailed(ViewerOf(state, call), *actor));
  }
  return json{{"profiles", std::move(profiles)}};
}

// Those of an account that never chose any: the timeline, and no feeds.
json UsualPreferences() {
  json feeds = {{"$type", "app.bsky.actor.defs#savedFeedsPrefV2"}};
  feeds["items"].push_back(
      {{"id", "timeline"}, {"type", "timeline"}, {"value", "following"}, {"pinned", true}});
  json preferences = json::array();
  preferences.push_back(std::move(feeds));
  return preferences;
}

}  // namespace

void AddActorMethods(Xrpc* xrpc) {
  xrpc->Query("app.bsky.actor.getProfile", Auth::kNone, Reads::kNo, &GetProfile);
  xrpc->Query("app.bsky.actor.getProfiles", Auth::kNone, Reads::kNo, &GetProfiles);
  xrpc->Query("app.bsky.actor.getPreferences", Auth::kUser, Reads::kNo,
              [](State&, const Call&) -> Result<json> {
                return json{{"preferences", UsualPreferences()}};
              });
}

}  // namespace carillon::sandbox::bluesky
