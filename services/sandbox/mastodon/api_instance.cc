#include "services/sandbox/mastodon/api.h"
#include "services/sandbox/pixel.h"

namespace carillon::sandbox::mastodon {

void AddInstanceRoutes(http::Router* router, Mastodon* server) {
  AddRoute(router, server, "GET /api/v2/instance", Auth::kNone, Reads::kNo,
           [](const Call& call) { return Answer(RenderInstance(call.base_url, call.domain)); });
  AddRoute(router, server, "GET /api/v1/instance", Auth::kNone, Reads::kNo,
           [](const Call& call) { return Answer(RenderInstanceV1(call.base_url, call.domain)); });
  // A picture for every avatar, header and media address.
  for (const char* route :
       {"GET /avatars/:file", "GET /headers/:file", "GET /media/:id/:file", "GET /thumbnail.png"}) {
    router->Add(route,
                [](const http::ServerRequest&, const http::PathParams&) { return PixelAnswer(); });
  }
}

}  // namespace carillon::sandbox::mastodon
