// What the API's files share: a call with its account and its wishes, routes with their scope and limit, pages.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "services/sandbox/json_answer.h"
#include "services/sandbox/json_input.h"
#include "services/sandbox/x/problems.h"
#include "services/sandbox/x/views.h"
#include "services/sandbox/x/x.h"

namespace carillon::sandbox::x {

struct Call {
  const http::ServerRequest& request;
  const http::PathParams& params;
  std::string base_url;  // by the Host header
  Id user = 0;           // whose token it is
  nlohmann::json input;  // the body of a route that takes JSON
  Fields fields;
  std::string app = {};  // whose own token it is, of a route that wants that

  std::string Param(std::string_view name) const;  // of the path
  std::string Query(std::string_view name) const { return request.Query(name); }
  Result<Id> PathId(std::string_view name) const;
  // A number of the query, or of the range's own.
  Result<size_t> MaxResults(int64_t usual, int64_t least, int64_t most) const;
  Viewer ViewerOf(State& state) const { return {state, state.FindUser(user), base_url, fields}; }
};

struct Route {
  std::string method_and_path;  // "GET /2/tweets/:id"
  const char* scope = "tweet.read";
  int64_t limit = 900;   // per account, or app, and 15 minutes
  bool is_read = false;  // of posts: lookup_down applies
  bool takes_json = false;
  bool of_app = false;   // with an app's own token, and none of an account
};

class Api {
 public:
  // `state` is locked while this runs.
  using Handler = std::function<Result<nlohmann::json>(State& state, const Call& call)>;
  using RawHandler = std::function<http::ServerResponse(Call& call)>;

  Api(http::Router* router, X* server) : router_(router), server_(server) {}

  void Add(Route route, Handler handler);
  void AddRaw(Route route, RawHandler handler);
  // Without a token and without a limit.
  void AddOpen(const std::string& method_and_path, RawHandler handler);

  X* server() const { return server_; }

 private:
  http::ServerResponse Run(const Route& route, RateLimits* limits, const RawHandler& handler,
                           Call* call) const;
  Status Authenticate(const Route& route, Call* call) const;
  Status AuthenticateApp(const std::string& token, Call* call) const;
  bool IsHidden(const Call& call) const;

  http::Router* const router_;
  X* const server_;
};

// 0 for what is no id: 1 to 19 digits.
Id ReadId(std::string_view text);
// A member of the input that is an id; nothing where there is none.
Result<std::optional<Id>> InputId(const nlohmann::json& input, const char* name);
// Ids with commas: at least one, at most 100.
Result<std::vector<Id>> ReadIds(const Call& call, const char* name);

// One page of posts, newest first, by pagination_token, since_id, until_id, start_time, end_time and `takes`.
struct PageRules {
  int64_t least = 5, usual = 10, most = 100;
  std::function<bool(const Post&)> takes;
};
Result<nlohmann::json> PostPage(State& state, const Call& call, const std::set<Id>& posts,
                                const PageRules& rules);
// One page of users, the first first, by pagination_token.
Result<nlohmann::json> UserPage(State& state, const Call& call, const std::vector<const User*>& users,
                                int64_t most);

// 429, with what is left in the headers.
http::ServerResponse RateLimited(int64_t limit, absl::Time reset);

void AddOauthRoutes(Api* api);
void AddUserRoutes(Api* api);
void AddPostRoutes(Api* api);
void AddPublishingRoutes(Api* api);
void AddTimelineRoutes(Api* api);
void AddSearchRoutes(Api* api);
void AddReactionRoutes(Api* api);
void AddMediaRoutes(Api* api);
void AddMessageRoutes(Api* api);
void AddStreamRoutes(Api* api);
void AddWebhookRoutes(Api* api);

}  // namespace carillon::sandbox::x
