#include "services/sandbox/api.h"

namespace carillon::sandbox {
namespace {

using http::ServerResponse;
using nlohmann::json;

json Relationship(const Sandbox& sandbox, int64_t viewer, int64_t id) {
  return {{"id", std::to_string(id)},
          {"following", sandbox.store.Follows(viewer, id)},
          {"followed_by", sandbox.store.Follows(id, viewer)},
          {"showing_reblogs", true},
          {"notifying", false},
          {"languages", nullptr},
          {"blocking", false},
          {"blocked_by", false},
          {"muting", false},
          {"muting_notifications", false},
          {"muting_expires_at", nullptr},
          {"requested", false},
          {"requested_by", false},
          {"domain_blocking", false},
          {"endorsed", false},
          {"note", ""}};
}

ServerResponse TimelineAnswer(Sandbox* sandbox, const Call& call,
                              const std::vector<int64_t>& accounts) {
  Page page = ReadPage(call.fields, 20, 40);
  Store::TimelineFilter filter;
  filter.exclude_replies = call.fields.Flag("exclude_replies");
  filter.exclude_reblogs = call.fields.Flag("exclude_reblogs");
  filter.only_media = call.fields.Flag("only_media");
  const std::vector<StatusView> found =
      sandbox->store.Timeline(accounts, page, filter, call.viewer());
  json out = json::array();
  for (const StatusView& status : found) out.push_back(RenderStatus(status, call.base_url));
  ServerResponse response = Answer(out);
  if (!found.empty())
    AddLinks(&response, call, page, found.size(), found.front().post.id, found.back().post.id);
  return response;
}

ServerResponse SetFollow(Sandbox* sandbox, const Call& call, bool follow) {
  const int64_t id = call.Id();
  if (!sandbox->store.SetFollow(call.viewer(), id, follow)) return NotFound();
  return Answer(Relationship(*sandbox, call.viewer(), id));
}

}  // namespace

void AddAccountRoutes(http::Router* router, Sandbox* sandbox) {
  AddRoute(router, sandbox, "GET /api/v1/accounts/verify_credentials", Auth::kUser, Reads::kNo,
           [=](const Call& call) {
             return Answer(
                 RenderCredentialAccount(*sandbox->store.Account(call.viewer()), call.base_url));
           });
  AddRoute(router, sandbox, "GET /api/v1/accounts/lookup", Auth::kNone, Reads::kNo,
           [=](const Call& call) {
             const auto account = sandbox->store.Lookup(call.fields.Get("acct"));
             return account ? Answer(RenderAccount(*account, call.base_url)) : NotFound();
           });
  AddRoute(router, sandbox, "GET /api/v1/accounts/relationships", Auth::kUser, Reads::kNo,
           [=](const Call& call) {
             json out = json::array();
             for (const std::string& id : call.fields.All("id")) {
               const int64_t number = std::strtoll(id.c_str(), nullptr, 10);
               if (sandbox->store.Account(number))
                 out.push_back(Relationship(*sandbox, call.viewer(), number));
             }
             return Answer(out);
           });
  AddRoute(router, sandbox, "GET /api/v1/accounts/:id", Auth::kNone, Reads::kNo,
           [=](const Call& call) {
             const auto account = sandbox->store.Account(call.Id());
             return account ? Answer(RenderAccount(*account, call.base_url)) : NotFound();
           });
  AddRoute(router, sandbox, "GET /api/v1/accounts/:id/statuses", Auth::kNone, Reads::kTimeline,
           [=](const Call& call) {
             if (!sandbox->store.Account(call.Id())) return NotFound();
             return TimelineAnswer(sandbox, call, {call.Id()});
           });
  AddRoute(router, sandbox, "GET /api/v1/timelines/home", Auth::kUser, Reads::kTimeline,
           [=](const Call& call) {
             return TimelineAnswer(sandbox, call, sandbox->store.HomeOf(call.viewer()));
           });
  AddRoute(router, sandbox, "POST /api/v1/accounts/:id/follow", Auth::kUser, Reads::kNo,
           [=](const Call& call) { return SetFollow(sandbox, call, true); });
  AddRoute(router, sandbox, "POST /api/v1/accounts/:id/unfollow", Auth::kUser, Reads::kNo,
           [=](const Call& call) { return SetFollow(sandbox, call, false); });
}

}  // namespace carillon::sandbox
