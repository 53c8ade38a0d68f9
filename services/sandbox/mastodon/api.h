// What the API's files share: a request with its fields and its account, and how to answer.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/http/multipart.h"
#include "common/http/router.h"
#include "services/sandbox/json_answer.h"
#include "services/sandbox/mastodon/mastodon.h"
#include "services/sandbox/mastodon/model.h"
#include "services/sandbox/mastodon/render.h"

namespace carillon::sandbox::mastodon {

// Query and body together, whether urlencoded, multipart or JSON; "name[]" is "name".
struct Fields {
  std::vector<std::pair<std::string, std::string>> values;
  std::vector<http::ReceivedPart> files;

  std::optional<std::string> Find(std::string_view name) const;
  std::string Get(std::string_view name) const { return Find(name).value_or(""); }
  std::vector<std::string> All(std::string_view name) const;
  bool Flag(std::string_view name) const;
};
// INVALID_ARGUMENT for a body that cannot be read as its content type says.
Result<Fields> ReadFields(const http::ServerRequest& request);

// Of a file, by its first bytes, else as the client says; "" is not supported.
std::string ContentType(const http::ReceivedPart& file);

struct Call {
  const http::ServerRequest& request;
  const http::PathParams& params;
  Fields fields;
  std::string base_url;  // by the Host header
  std::string domain;
  std::optional<Profile> account;  // the token's

  int64_t viewer() const { return account ? account->id : 0; }
  int64_t Id(std::string_view name = "id") const;  // a path parameter as a number; 0 if it is none
};

http::ServerResponse ErrorAnswer(int status, const std::string& message);
http::ServerResponse NotFound();

// max_id, since_id, min_id and limit of the query.
Page ReadPage(const Fields& fields, size_t limit_usual, size_t limit_max);
// The Link header of a page: rel="next" while the page is full, rel="prev" unless it is empty (RFC 8288).
void AddLinks(http::ServerResponse* response, const Call& call, const Page& page, size_t count,
              int64_t first, int64_t last);

enum class Auth { kNone, kUser };
enum class Reads { kNo, kTimeline };  // kTimeline: lookup_down applies
using ApiHandler = std::function<http::ServerResponse(const Call&)>;
// Adds a route that reads fields, finds the token's account (401), counts it against its rate limit (429) and adds the headers.
void AddRoute(http::Router* router, Mastodon* server, std::string_view route, Auth auth,
              Reads reads, ApiHandler handler);

void AddInstanceRoutes(http::Router* router, Mastodon* server);
void AddOauthRoutes(http::Router* router, Mastodon* server);
void AddAccountRoutes(http::Router* router, Mastodon* server);
void AddStatusRoutes(http::Router* router, Mastodon* server);
void AddPostingRoutes(http::Router* router, Mastodon* server);
void AddMediaRoutes(http::Router* router, Mastodon* server);
void AddNotificationRoutes(http::Router* router, Mastodon* server);
void AddSearchRoutes(http::Router* router, Mastodon* server);
void AddStreamingRoutes(http::Router* router, Mastodon* server);

}  // namespace carillon::sandbox::mastodon
