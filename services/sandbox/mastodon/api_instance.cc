#include "services/sandbox/mastodon/api.h"
#include "services/sandbox/pixel.h"

namespace carillon::sandbox::mastodon {

void AddInstanceRoutes(http::Router* router, Mastodon* server) {
  AddRoute(router, server, "GET /api/v2/instance", Auth::kNone, Reads::kNo,
           [](const Call& call) { return Answer(RenderInstance(call.base_url, call.domain)); });
  AddRoute(router, server, "GET /api/v1/instance", Auth::kNone, Reads::kNo,
           [](const Call& call) { return Answer(RenderInstanceV1(call.base_url, call.domain)); });
  AddRoute(router, server, "POST /api/v1/apps", Auth::kNone, Reads::kNo, [](const Call& call) {
    if (call.fields.Get("client_name").empty())
      return ErrorAnswer(422, "Validation failed: Application name can't be blank");
    const std::string redirect = call.fields.Get("redirect_uris");
    return Answer({{"id", "1"},
                   {"name", call.fields.Get("client_name")},
                   {"website", nullptr},
                   {"scopes", {"read", "write", "follow"}},
                   {"redirect_uri", redirect},
                   {"redirect_uris", {redirect}},
                   {"client_id", "sandbox-client"},
                   {"client_secret", "sandbox-client-secret"},
                   {"client_secret_expires_at", 0},
                   {"vapid_key", ""}});
  });
  // A picture for every avatar, header and media address.
  for (const char* route :
       {"GET /avatars/:file", "GET /headers/:file", "GET /media/:id/:file", "GET /thumbnail.png"}) {
    router->Add(route,
                [](const http::ServerRequest&, const http::PathParams&) { return PixelAnswer(); });
  }
}

}  // namespace carillon::sandbox::mastodon
