#include "services/sandbox/mastodon/api.h"

namespace carillon::sandbox::mastodon {

void AddNotificationRoutes(http::Router* router, Mastodon* server) {
  AddRoute(router, server, "GET /api/v1/notifications", Auth::kUser, Reads::kNo,
           [=](const Call& call) {
             const Page page = ReadPage(call.fields, 40, 80);
             const auto found = server->store.Notifications(
                 call.viewer(), page, call.fields.All("types"), call.fields.All("exclude_types"));
             nlohmann::json out = nlohmann::json::array();
             for (const NotificationView& one : found)
               out.push_back(RenderNotification(one, call.base_url));
             http::ServerResponse response = Answer(out);
             if (!found.empty()) {
               AddLinks(&response, call, page, found.size(), found.front().notification.id,
                        found.back().notification.id);
             }
             return response;
           });
  AddRoute(router, server, "GET /api/v1/notifications/:id", Auth::kUser, Reads::kNo,
           [=](const Call& call) {
             const int64_t id = call.Id();
             const auto found = server->store.Notifications(
                 call.viewer(), {.max_id = id + 1, .since_id = id - 1, .limit = 1}, {}, {});
             return id == 0 || found.empty()
                        ? NotFound()
                        : Answer(RenderNotification(found.front(), call.base_url));
           });
  AddRoute(router, server, "POST /api/v1/notifications/clear", Auth::kUser, Reads::kNo,
           [=](const Call& call) {
             server->store.DismissNotification(call.viewer(), 0);
             return Answer(nlohmann::json::object());
           });
  AddRoute(router, server, "POST /api/v1/notifications/:id/dismiss", Auth::kUser, Reads::kNo,
           [=](const Call& call) {
             if (call.Id() == 0) return NotFound();
             server->store.DismissNotification(call.viewer(), call.Id());
             return Answer(nlohmann::json::object());
           });
}

}  // namespace carillon::sandbox::mastodon
