#include "services/sandbox/mastodon/api.h"

namespace carillon::sandbox::mastodon {
namespace {

using http::ServerResponse;
using nlohmann::json;

json Relationship(const Mastodon& server, int64_t viewer, int64_t id) {
  return {{"id", std::to_string(id)},
          {"following", server.store.Follows(viewer, id)},
          {"followed_by", server.store.Follows(id, viewer)},
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

ServerResponse TimelineAnswer(Mastodon* server, const Call& call,
                              const std::vector<int64_t>& accounts) {
  Page page = ReadPage(call.fields, 20, 40);
  Store::TimelineFilter filter;
  filter.exclude_replies = call.fields.Flag("exclude_replies");
  filter.exclude_reblogs = call.fields.Flag("exclude_reblogs");
  filter.only_media = call.fields.Flag("only_media");
  const std::vector<StatusView> found =
      server->store.Timeline(accounts, page, filter, call.viewer());
  json out = json::array();
  for (const StatusView& status : found) out.push_back(RenderStatus(status, call.base_url));
  ServerResponse response = Answer(out);
  if (!found.empty())
    AddLinks(&response, call, page, found.size(), found.front().post.id, found.back().post.id);
  return response;
}

ServerResponse SetFollow(Mastodon* server, const Call& call, bool follow) {
  const int64_t id = call.Id();
  if (!server->store.SetFollow(call.viewer(), id, follow)) return NotFound();
  return Answer(Relationship(*server, call.viewer(), id));
}

}  // namespace

void AddAccountRoutes(http::Router* router, Mastodon* server) {
  AddRoute(router, server, "GET /api/v1/accounts/verify_credentials", Auth::kUser, Reads::kNo,
           [=](const Call& call) {
             return Answer(
                 RenderCredentialAccount(*server->store.Account(call.viewer()), call.base_url));
           });
  AddRoute(router, server, "GET /api/v1/accounts/lookup", Auth::kNone, Reads::kNo,
           [=](const Call& call) {
             const auto account = server->store.Lookup(call.fields.Get("acct"));
             return account ? Answer(RenderAccount(*account, call.base_url)) : NotFound();
           });
  AddRoute(router, server, "GET /api/v1/accounts/relationships", Auth::kUser, Reads::kNo,
           [=](const Call& call) {
             json out = json::array();
             for (const std::string& id : call.fields.All("id")) {
               const int64_t number = std::strtoll(id.c_str(), nullptr, 10);
               if (server->store.Account(number))
                 out.push_back(Relationship(*server, call.viewer(), number));
             }
             return Answer(out);
           });
  AddRoute(router, server, "GET /api/v1/accounts/:id", Auth::kNone, Reads::kNo,
           [=](const Call& call) {
             const auto account = server->store.Account(call.Id());
             return account ? Answer(RenderAccount(*account, call.base_url)) : NotFound();
           });
  AddRoute(router, server, "GET /api/v1/accounts/:id/statuses", Auth::kNone, Reads::kTimeline,
           [=](const Call& call) {
             if (!server->store.Account(call.Id())) return NotFound();
             return TimelineAnswer(server, call, {call.Id()});
           });
  AddRoute(router, server, "GET /api/v1/timelines/home", Auth::kUser, Reads::kTimeline,
           [=](const Call& call) {
             return TimelineAnswer(server, call, server->store.HomeOf(call.viewer()));
           });
  AddRoute(router, server, "POST /api/v1/accounts/:id/follow", Auth::kUser, Reads::kNo,
           [=](const Call& call) { return SetFollow(server, call, true); });
  AddRoute(router, server, "POST /api/v1/accounts/:id/unfollow", Auth::kUser, Reads::kNo,
           [=](const Call& call) { return SetFollow(server, call, false); });
}

}  // namespace carillon::sandbox::mastodon
