#include "services/sandbox/mastodon/api.h"

namespace carillon::sandbox::mastodon {
namespace {

using http::ServerResponse;
using nlohmann::json;

ServerResponse StatusAnswer(Mastodon* server, const Call& call, int64_t id) {
  const auto status = server->store.FindStatus(id, call.viewer());
  return status ? Answer(RenderStatus(*status, call.base_url)) : NotFound();
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

// Mastodon answers a deletion with the status and its plain text, for writing it anew.
ServerResponse DeleteAnswer(Mastodon* server, const Call& call) {
  const auto deleted = server->store.DeletePost(call.viewer(), call.Id());
  if (!deleted) return NotFound();
  json out = RenderStatus(*deleted, call.base_url);
  out["text"] = deleted->post.text;
  return Answer(out);
}

}  // namespace

void AddStatusRoutes(http::Router* router, Mastodon* server) {
  AddRoute(router, server, "GET /api/v1/statuses/:id", Auth::kNone, Reads::kTimeline,
           [=](const Call& call) { return StatusAnswer(server, call, call.Id()); });
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
           [=](const Call& call) { return DeleteAnswer(server, call); });
  AddRoute(router, server, "GET /api/v1/statuses/:id/context", Auth::kNone, Reads::kTimeline,
           [=](const Call& call) { return ContextAnswer(server, call); });
  AddRoute(router, server, "GET /api/v1/statuses/:id/favourited_by", Auth::kNone, Reads::kNo,
           [=](const Call& call) { return ReactedByAnswer(server, call, false); });
  AddRoute(router, server, "GET /api/v1/statuses/:id/reblogged_by", Auth::kNone, Reads::kNo,
           [=](const Call& call) { return ReactedByAnswer(server, call, true); });
  for (const bool on : {true, false}) {
    AddRoute(router, server,
             on ? "POST /api/v1/statuses/:id/favourite" : "POST /api/v1/statuses/:id/unfavourite",
             Auth::kUser, Reads::kNo, [=](const Call& call) {
               if (!server->store.SetFavourite(call.viewer(), call.Id(), on)) return NotFound();
               return StatusAnswer(server, call, call.Id());
             });
    AddRoute(router, server,
             on ? "POST /api/v1/statuses/:id/reblog" : "POST /api/v1/statuses/:id/unreblog",
             Auth::kUser, Reads::kNo, [=](const Call& call) {
               const auto id = server->store.SetReblog(call.viewer(), call.Id(), on);
               return id ? StatusAnswer(server, call, *id) : NotFound();
             });
  }
}

}  // namespace carillon::sandbox::mastodon
