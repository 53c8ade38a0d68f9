// app.bsky.notification.
#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/bluesky/views.h"
#include "services/sandbox/bluesky/xrpc.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;

json NotificationJson(const Viewer& viewer, const Notification& one) {
  json out = {{"uri", one.uri},
              {"cid", one.cid},
              {"author", ProfileView(viewer, *viewer.state.Find(one.author))},
              {"reason", one.reason},
              {"record", json::parse(*one.value)},
              {"isRead", one.at <= viewer.actor->seen_at},
              {"indexedAt", IsoTime(one.at)},
              {"labels", json::array()}};
  if (!one.subject.empty()) out["reasonSubject"] = one.subject;
  return out;
}

// Newest first; those whose record is gone are gone too.
Result<json> List(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const size_t limit, call.Limit(50));
  ASSIGN_OR_RETURN(const auto cursor, ReadCursor(call.Get("cursor")));
  const std::vector<std::string> reasons = call.All("reasons");
  const Viewer viewer = {state, state.Find(call.viewer), call.base_url};
  const auto& all = viewer.actor->notifications;
  json out = {{"notifications", json::array()}, {"priority", false}};
  SortKey last;
  for (auto one = all.rbegin(); one != all.rend(); ++one) {
    if (cursor && one->key >= *cursor) continue;
    if (!reasons.empty() && std::find(reasons.begin(), reasons.end(), one->reason) == reasons.end())
      continue;
    if (state.FindRecord(one->uri) == nullptr) continue;
    if (out["notifications"].size() == limit) {
      out["cursor"] = CursorOf(last);
      break;
    }
    out["notifications"].push_back(NotificationJson(viewer, *one));
    last = one->key;
  }
  if (viewer.actor->seen_at != absl::InfinitePast())
    out["seenAt"] = IsoTime(viewer.actor->seen_at);
  return out;
}

Result<json> UnreadCount(State& state, const Call& call) {
  const Actor& actor = *state.Find(call.viewer);
  int64_t count = 0;
  for (const Notification& one : actor.notifications) {
    if (one.at > actor.seen_at && state.FindRecord(one.uri) != nullptr) ++count;
  }
  return json{{"count", count}};
}

Result<json> UpdateSeen(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string seen_at, call.NeedInput("seenAt"));
  const auto time = ParseDatetime(seen_at);
  if (!time) return Invalid("Input/seenAt must be a valid atproto datetime");
  state.Find(call.viewer)->seen_at = *time;
  return json();
}

}  // namespace

void AddNotificationMethods(Xrpc* xrpc) {
  xrpc->Query("app.bsky.notification.listNotifications", Auth::kUser, Reads::kNo, &List);
  xrpc->Query("app.bsky.notification.getUnreadCount", Auth::kUser, Reads::kNo, &UnreadCount);
  xrpc->Procedure("app.bsky.notification.updateSeen", Auth::kUser, Input::kJson, &UpdateSeen);
}

}  // namespace carillon::sandbox::bluesky
