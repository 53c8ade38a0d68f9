#include "services/sandbox/api.h"

namespace carillon::sandbox {
namespace {

using http::ServerResponse;
using nlohmann::json;

ServerResponse StatusAnswer(Sandbox* sandbox, const Call& call, int64_t id) {
  const auto status = sandbox->store.FindStatus(id, call.viewer());
  return status ? Answer(RenderStatus(*status, call.base_url)) : NotFound();
}

ServerResponse ContextAnswer(Sandbox* sandbox, const Call& call) {
  const auto thread = sandbox->store.Context(call.Id(), call.viewer());
  if (!thread) return NotFound();
  json ancestors = json::array(), descendants = json::array();
  for (const StatusView& status : thread->ancestors)
    ancestors.push_back(RenderStatus(status, call.base_url));
  for (const StatusView& status : thread->descendants)
    descendants.push_back(RenderStatus(status, call.base_url));
  return Answer({{"ancestors", std::move(ancestors)}, {"descendants", std::move(descendants)}});
}

ServerResponse ReactedByAnswer(Sandbox* sandbox, const Call& call, bool reblogs) {
  if (!sandbox->store.FindStatus(call.Id(), call.viewer())) return NotFound();
  json out = json::array();
  const Page page = ReadPage(call.fields, 40, 80);
  for (const AccountView& account : sandbox->store.ReactedBy(call.Id(), reblogs, page.limit)) {
    out.push_back(RenderAccount(account, call.base_url));
  }
  return Answer(out);
}

// Mastodon answers a deletion with the status and its plain text, for writing it anew.
ServerResponse DeleteAnswer(Sandbox* sandbox, const Call& call) {
  const auto deleted = sandbox->store.DeletePost(call.viewer(), call.Id());
  if (!deleted) return NotFound();
  json out = RenderStatus(*deleted, call.base_url);
  out["text"] = deleted->post.text;
  return Answer(out);
}

}  // namespace

void AddStatusRoutes(http::Router* router, Sandbox* sandbox) {
  AddRoute(router, sandbox, "GET /api/v1/statuses/:id", Auth::kNone, Reads::kTimeline,
           [=](const Call& call) { return StatusAnswer(sandbox, call, call.Id()); });
  AddRoute(router, sandbox, "GET /api/v1/statuses", Auth::kNone, Reads::kTimeline,
           [=](const Call& call) {
             json out = json::array();
             for (const std::string& id : call.fields.All("id")) {
               const auto status =
                   sandbox->store.FindStatus(std::strtoll(id.c_str(), nullptr, 10), call.viewer());
               if (status && out.size() < 40) out.push_back(RenderStatus(*status, call.base_url));
             }
             return Answer(out);
           });
  AddRoute(router, sandbox, "DELETE /api/v1/statuses/:id", Auth::kUser, Reads::kNo,
           [=](const Call& call) { return DeleteAnswer(sandbox, call); });
  AddRoute(router, sandbox, "GET /api/v1/statuses/:id/context", Auth::kNone, Reads::kTimeline,
           [=](const Call& call) { return ContextAnswer(sandbox, call); });
  AddRoute(router, sandbox, "GET /api/v1/statuses/:id/favourited_by", Auth::kNone, Reads::kNo,
           [=](const Call& call) { return ReactedByAnswer(sandbox, call, false); });
  AddRoute(router, sandbox, "GET /api/v1/statuses/:id/reblogged_by", Auth::kNone, Reads::kNo,
           [=](const Call& call) { return ReactedByAnswer(sandbox, call, true); });
  for (const bool on : {true, false}) {
    AddRoute(router, sandbox,
             on ? "POST /api/v1/statuses/:id/favourite" : "POST /api/v1/statuses/:id/unfavourite",
             Auth::kUser, Reads::kNo, [=](const Call& call) {
               if (!sandbox->store.SetFavourite(call.viewer(), call.Id(), on)) return NotFound();
               return StatusAnswer(sandbox, call, call.Id());
             });
    AddRoute(router, sandbox,
             on ? "POST /api/v1/statuses/:id/reblog" : "POST /api/v1/statuses/:id/unreblog",
             Auth::kUser, Reads::kNo, [=](const Call& call) {
               const auto id = sandbox->store.SetReblog(call.viewer(), call.Id(), on);
               return id ? StatusAnswer(sandbox, call, *id) : NotFound();
             });
  }
}

}  // namespace carillon::sandbox
