#include "services/sandbox/acting.h"
#include "services/sandbox/mastodon/attempt.h"

namespace carillon::sandbox::mastodon {
namespace {

using http::ServerResponse;
using nlohmann::json;

ServerResponse StatusAnswer(Mastodon* server, int64_t viewer, const std::string& base_url, int64_t id) {
  const auto status = server->store.FindStatus(id, viewer);
  return status ? Answer(RenderStatus(*status, base_url)) : NotFound();
}

ServerResponse ContextAnswer(Mastodon* server, const Call& call) {
  const auto thread = server->store.Context(call.Id(), call.viewer());
  if (!thread) return NotFound();
  json ancestors = json::array(), descendants = json::array();
  for (const StatusView& status : thread->ancestors)
    ancestors.push_back(RenderStatus(status, call.base_url));
  for (const StatusView& status : thread->descendants)
    descendants.push_back(RenderStatus(status, call.base_url));
  return Answer({{"ancestors", std::move(ancestors)}, {"descendants", std::move(descendants)}});
}

ServerResponse ReactedByAnswer(Mastodon* server, const Call& call, bool reblogs) {
  if (!server->store.FindStatus(call.Id(), call.viewer())) return NotFound();
  json out = json::array();
  const Page page = ReadPage(call.fields, 40, 80);
  for (const AccountView& account : server->store.ReactedBy(call.Id(), reblogs, page.limit)) {
    out.push_back(RenderAccount(account, call.base_url));
  }
  return Answer(out);
}

// Something done to a status: `decide` gets the server, the viewer, the status and the base URL.
using Decide = ServerResponse (*)(Mastodon*, int64_t, int64_t, const std::string&);

ServerResponse ActOn(Mastodon* server, const Call& call, const char* name, Decide decide) {
  return Act<MastodonAttempt>(
      server, {call.account->username, name, std::to_string(call.Id()), "", call.request.request_number,
               [=, viewer = call.viewer(), id = call.Id(), base_url = call.base_url] {
                 return decide(server, viewer, id, base_url);
               }});
}

// Mastodon answers a deletion with the status and its plain text, for writing it anew.
ServerResponse Delete(Mastodon* server, int64_t viewer, int64_t id, const std::string& base_url) {
  const auto deleted = server->store.DeletePost(viewer, id);
  if (!deleted) return NotFound();
  json out = RenderStatus(*deleted, base_url);
  out["text"] = deleted->post.text;
  return Answer(out);
}

template <bool on>
ServerResponse Favourite(Mastodon* server, int64_t viewer, int64_t id, const std::string& base_url) {
  if (!server->store.SetFavourite(viewer, id, on)) return NotFound();
  return StatusAnswer(server, viewer, base_url, id);
}

template <bool on>
ServerResponse Reblog(Mastodon* server, int64_t viewer, int64_t id, const std::string& base_url) {
  const auto shown = server->store.SetReblog(viewer, id, on);
  return shown ? StatusAnswer(server, viewer, base_url, *shown) : NotFound();
}

}  // namespace

void AddStatusRoutes(http::Router* router, Mastodon* server) {
  AddRoute(router, server, "GET /api/v1/statuses/:id", Auth::kNone, Reads::kTimeline,
           [=](const Call& call) { return StatusAnswer(server, call.viewer(), call.base_url, call.Id()); });
  AddRoute(router, server, "GET /api/v1/statuses", Auth::kNone, Reads::kTimeline,
           [=](const Call& call) {
             json out = json::array();
             for (const std::string& id : call.fields.All("id")) {
               const auto status =
                   server->store.FindStatus(std::strtoll(id.c_str(), nullptr, 10), call.viewer());
               if (status && out.size() < 40) out.push_back(RenderStatus(*status, call.base_url));
             }
             return Answer(out);
           });
  AddRoute(router, server, "DELETE /api/v1/statuses/:id", Auth::kUser, Reads::kNo,
           [=](const Call& call) { return ActOn(server, call, "delete", &Delete); });
  AddRoute(router, server, "GET /api/v1/statuses/:id/context", Auth::kNone, Reads::kTimeline,
           [=](const Call& call) { return ContextAnswer(server, call); });
  AddRoute(router, server, "GET /api/v1/statuses/:id/favourited_by", Auth::kNone, Reads::kNo,
           [=](const Call& call) { return ReactedByAnswer(server, call, false); });
  AddRoute(router, server, "GET /api/v1/statuses/:id/reblogged_by", Auth::kNone, Reads::kNo,
           [=](const Call& call) { return ReactedByAnswer(server, call, true); });
  struct Verb {
    const char* name;
    const char* route;
    Decide decide;
  };
  constexpr Verb kVerbs[] = {{"like", "POST /api/v1/statuses/:id/favourite", &Favourite<true>},
                             {"unlike", "POST /api/v1/statuses/:id/unfavourite", &Favourite<false>},
                             {"repost", "POST /api/v1/statuses/:id/reblog", &Reblog<true>},
                             {"unrepost", "POST /api/v1/statuses/:id/unreblog", &Reblog<false>}};
  for (const Verb& verb : kVerbs) {
    AddRoute(router, server, verb.route, Auth::kUser, Reads::kNo,
             [=](const Call& call) { return ActOn(server, call, verb.name, verb.decide); });
  }
}

}  // namespace carillon::sandbox::mastodon
