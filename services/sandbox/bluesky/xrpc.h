// What the API's files share: a call with its parameters and its account, and how to answer. One method of XRPC is one route.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "services/sandbox/bluesky/bluesky.h"
#include "services/sandbox/bluesky/errors.h"
#include "services/sandbox/json_answer.h"

namespace carillon::sandbox::bluesky {

struct Call {
  const http::ServerRequest& request;
  std::string base_url;     // by the Host header
  std::string service_did;  // of this PDS
  std::string viewer;       // the token's DID; "" where there is none
  nlohmann::json input;     // the body of a procedure that takes JSON
  RateState rate;           // the tightest of the limits that were counted

  std::string Get(std::string_view name) const { return request.Query(name); }
  std::vector<std::string> All(std::string_view name) const;
  bool Flag(std::string_view name) const { return Get(name) == "true"; }
  // A parameter, or a member of the input, that must be there.
  Result<std::string> Need(std::string_view name) const;
  Result<std::string> NeedInput(const char* name) const;
  // The query's `limit`: 1 to 100.
  Result<size_t> Limit(int64_t usual) const;
  Result<int64_t> Number(std::string_view name, int64_t usual, int64_t least, int64_t most) const;
};

enum class Auth {
  kNone,  // a token is read if there is one
  kUser,  // an access token
  kChat,  // the same, and the header that sends the call on to the chat
  kOwn,   // the handler looks at the header itself
};
enum class Input { kNone, kJson, kBytes };
enum class Reads { kNo, kTimeline };  // kTimeline: lookup_down applies

struct Method {
  const char* nsid;
  Auth auth = Auth::kUser;
  Reads reads = Reads::kNo;
  bool is_procedure = false;
  Input input = Input::kNone;
};

class Xrpc {
 public:
  // `state` is locked while this runs.
  using Handler = std::function<Result<nlohmann::json>(State& state, const Call& call)>;
  using RawHandler = std::function<http::ServerResponse(Call& call)>;

  Xrpc(http::Router* router, Bluesky* server);

  void Query(const char* nsid, Auth auth, Reads reads, Handler handler);
  void Procedure(const char* nsid, Auth auth, Input input, Handler handler);
  void Raw(Method method, RawHandler handler);

  Bluesky* server() const { return server_; }
  http::Router* router() const { return router_; }

 private:
  http::ServerResponse Run(const Method& method, const RawHandler& handler,
                           const http::ServerRequest& request) const;
  Status Authenticate(const Method& method, Call* call) const;
  Status AuthenticateByProof(const Method& method, const std::string& token, Call* call) const;
  void AddProofHeaders(const http::ServerRequest& request, http::ServerResponse* response) const;
  bool IsHidden(const Call& call) const;

  http::Router* const router_;
  Bluesky* const server_;
  std::set<std::string> known_;
};

// {"error": name, "message": text} with the HTTP status that the code stands for.
http::ServerResponse ErrorAnswer(const Status& status);
// 429, with the state in its headers.
http::ServerResponse RateLimited(const RateState& state);
void AddRateHeaders(const RateState& state, http::ServerResponse* response);
// Counts `points` of writes; RESOURCE_EXHAUSTED when they are used up. `call->rate` becomes the tightest.
bool CountPoints(Bluesky* server, Call* call, int64_t points);

// "123::4" for a place in a feed; `text` must be one that was given out.
std::string CursorOf(const SortKey& key);
Result<std::optional<SortKey>> ReadCursor(const std::string& text);

void AddServerMethods(Xrpc* xrpc);
void AddOAuthRoutes(http::Router* router, Bluesky* server);
void AddRepoMethods(Xrpc* xrpc);
void AddPublishingMethods(Xrpc* xrpc);
void AddBlobMethods(Xrpc* xrpc);
void AddVideoMethods(Xrpc* xrpc);
void AddActorMethods(Xrpc* xrpc);
void AddFeedMethods(Xrpc* xrpc);
void AddThreadMethods(Xrpc* xrpc);
void AddSearchMethods(Xrpc* xrpc);
void AddNotificationMethods(Xrpc* xrpc);
void AddChatMethods(Xrpc* xrpc);

}  // namespace carillon::sandbox::bluesky
