#include "services/sandbox/api.h"

namespace carillon::sandbox {

void AddInstanceRoutes(http::Router* router, Sandbox* sandbox) {
  AddRoute(router, sandbox, "GET /api/v2/instance", Auth::kNone, Reads::kNo,
           [](const Call& call) { return Answer(RenderInstance(call.base_url, call.domain)); });
  AddRoute(router, sandbox, "GET /api/v1/instance", Auth::kNone, Reads::kNo,
           [](const Call& call) { return Answer(RenderInstanceV1(call.base_url, call.domain)); });
  AddRoute(router, sandbox, "POST /api/v1/apps", Auth::kNone, Reads::kNo, [](const Call& call) {
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
  // A picture for every avatar, header and media address: one grey pixel.
  static const std::string kPixel(
      "\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\x00\x00\x00"
      "\x01"
      "\x08\x00\x00\x00\x00\x3a\x7e\x9b\x55\x00\x00\x00\x0a\x49\x44\x41\x54\x78\x9c\x63\x68\x00\x00"
      "\x00"
      "\x82\x00\x81\x77\xcd\x72\xb6\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82",
      67);
  for (const char* route :
       {"GET /avatars/:file", "GET /headers/:file", "GET /media/:id/:file", "GET /thumbnail.png"}) {
    router->Add(route, [](const http::ServerRequest&, const http::PathParams&) {
      http::ServerResponse response;
      response.content_type = "image/png";
      response.body = kPixel;
      return response;
    });
  }
}

}  // namespace carillon::sandbox
