#include "services/sandbox/bluesky/xrpc.h"

#include <charconv>

#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/json_input.h"

namespace carillon::sandbox::bluesky {
namespace {

using http::ServerResponse;
using nlohmann::json;

constexpr size_t kJsonBytesMax = 150 << 10;  // a PDS' usual limit
constexpr char kChatService[] = "did:web:api.bsky.chat#bsky_chat";

int HttpStatus(Code code) {
  switch (code) {
    case Code::kUnauthenticated:
      return 401;
    case Code::kPermissionDenied:
      return 403;
    case Code::kOutOfRange:
      return 413;
    case Code::kInternal:
      return 500;
    case Code::kUnimplemented:
      return 501;
    case Code::kResourceExhausted:
    case Code::kUnavailable:
      return 503;
    default:
      return 400;
  }
}

std::optional<int64_t> Whole(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string ServiceDid(std::string host) {
  if (const size_t colon = host.find(':'); colon != std::string::npos) host.replace(colon, 1, "%3A");
  return "did:web:" + host;
}

Status ReadInput(const Method& method, Call* call) {
  const std::string& body = call->request.body;
  if (method.input == Input::kNone) {
    return body.empty() ? Ok() : Invalid("A request body was provided when none was expected");
  }
  if (body.empty()) return Invalid("A request body is expected but none was provided");
  if (method.input == Input::kBytes) return Ok();
  if (body.size() > kJsonBytesMax)
    return Refuse(Code::kOutOfRange, "PayloadTooLarge", "request entity too large");
  const std::string type = call->request.Header("Content-Type");
  if (!type.starts_with("application/json"))
    return Invalid("Wrong request encoding (Content-Type): " + type);
  call->input = ReadJson(body);
  if (call->input.is_discarded()) return Invalid("Request body is not valid JSON");
  if (!call->input.is_object()) return Invalid("Input must be an object");
  return Ok();
}

const RateState& Tighter(const RateState& a, const RateState& b) {
  if (a.limit == 0) return b;
  if (b.limit == 0) return a;
  return b.remaining < a.remaining ? b : a;
}

}  // namespace

std::vector<std::string> Call::All(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [key, value] : request.query) {
    if (key == name || key == std::string(name) + "[]") out.push_back(value);
  }
  return out;
}

Result<std::string> Call::Need(std::string_view name) const {
  std::string value = Get(name);
  if (value.empty()) return Invalid(fmt::format("Params must have the property \"{}\"", name));
  return value;
}

Result<std::string> Call::NeedInput(const char* name) const {
  const auto found = input.find(name);
  if (found == input.end()) return Invalid(fmt::format("Input must have the property \"{}\"", name));
  if (!found->is_string()) return Invalid(fmt::format("Input/{} must be a string", name));
  return found->get<std::string>();
}

Result<int64_t> Call::Number(std::string_view name, int64_t usual, int64_t least,
                             int64_t most) const {
  const std::string text = Get(name);
  if (text.empty()) return usual;
  const auto value = Whole(text);
  if (!value) return Invalid(fmt::format("{} must be an integer", name));
  if (*value > most) return Invalid(fmt::format("{} can not be greater than {}", name, most));
  if (*value < least) return Invalid(fmt::format("{} can not be less than {}", name, least));
  return *value;
}

Result<size_t> Call::Limit(int64_t usual) const {
  ASSIGN_OR_RETURN(const int64_t limit, Number("limit", usual, 1, 100));
  return static_cast<size_t>(limit);
}

ServerResponse ErrorAnswer(const Status& status) {
  const std::string name = ReasonOf(status);
  return Answer({{"error", name.empty() ? "InvalidRequest" : name}, {"message", carillon::Message(status)}},
                HttpStatus(status.code()));
}

void AddRateHeaders(const RateState& state, ServerResponse* response) {
  if (state.limit == 0) return;
  response->headers.emplace_back("RateLimit-Limit", std::to_string(state.limit));
  response->headers.emplace_back("RateLimit-Remaining", std::to_string(state.remaining));
  response->headers.emplace_back("RateLimit-Reset",
                                 std::to_string(absl::ToUnixSeconds(state.reset)));
  response->headers.emplace_back(
      "RateLimit-Policy", fmt::format("{};w={}", state.limit, absl::ToInt64Seconds(state.window)));
}

ServerResponse RateLimited(const RateState& state) {
  ServerResponse response =
      Answer({{"error", "RateLimitExceeded"}, {"message", "Rate Limit Exceeded"}}, 429);
  AddRateHeaders(state, &response);
  return response;
}

bool CountPoints(Bluesky* server, Call* call, int64_t points) {
  const absl::Time now = server->shared->clock->Now();
  const RateState hour = server->rate.points.Count(call->viewer, now, points),
                  day = server->rate.points_a_day.Count(call->viewer, now, points);
  call->rate = Tighter(Tighter(call->rate, hour), day);
  return hour.allowed && day.allowed;
}

std::string CursorOf(const SortKey& key) { return fmt::format("{}::{}", key.first, key.second); }

Result<std::optional<SortKey>> ReadCursor(const std::string& text) {
  if (text.empty()) return std::optional<SortKey>();
  const size_t middle = text.find("::");
  if (middle == std::string::npos) return Invalid("Malformed cursor");
  const auto time = Whole(std::string_view(text).substr(0, middle)),
             number = Whole(std::string_view(text).substr(middle + 2));
  if (!time || !number) return Invalid("Malformed cursor");
  return std::optional<SortKey>({*time, *number});
}

Xrpc::Xrpc(http::Router* router, Bluesky* server) : router_(router), server_(server) {
  for (const char* verb : {"GET", "POST"}) {
    router->Add(std::string(verb) + " /xrpc/:nsid",
                [this](const http::ServerRequest& request, const http::PathParams& params) {
                  if (known_.count(params.find("nsid")->second) > 0) {
                    return ErrorAnswer(
                        Invalid(fmt::format("Incorrect HTTP method ({})", request.method)));
                  }
                  return ErrorAnswer(Refuse(Code::kUnimplemented, "MethodNotImplemented",
                                            "Method Not Implemented"));
                });
  }
}

// A token of OAuth's (RFC 9449 7.1), with the scopes that stand for an app password's rights.
Status Xrpc::AuthenticateByProof(const Method& method, const std::string& token, Call* call) const {
  ASSIGN_OR_RETURN(const OAuthGrants::Access access, server_->grants.CheckAccess(token));
  const std::string url = call->base_url + call->request.path;
  const auto thumbprint = server_->grants.CheckProof(call->request.Header("DPoP"), call->request.method, url, token);
  if (!thumbprint.ok()) return AuthRequired(carillon::Message(thumbprint.status()), ReasonOf(thumbprint.status()));
  if (*thumbprint != access.thumbprint) return AuthRequired("Invalid DPoP key binding", "invalid_token");
  const std::string scope = method.auth == Auth::kChat ? "transition:chat.bsky" : "transition:generic";
  if ((" " + access.scope + " ").find(" " + scope + " ") == std::string::npos) {
    return Refuse(Code::kPermissionDenied, "ScopeMissingError",
                  fmt::format("Missing required scope \"rpc:{}?aud={}\"", method.nsid, call->service_did));
  }
  call->viewer = access.did;
  return Ok();
}

Status Xrpc::Authenticate(const Method& method, Call* call) const {
  if (method.auth == Auth::kOwn) return Ok();
  const std::string header = call->request.Header("Authorization");
  if (header.starts_with("DPoP ")) {
    RETURN_IF_ERROR(AuthenticateByProof(method, header.substr(5), call));
  } else if (header.starts_with("Bearer ")) {
    ASSIGN_OR_RETURN(call->viewer, server_->sessions.CheckAccess(header.substr(7)));
  } else {
    return method.auth == Auth::kNone ? Ok()
                                      : AuthRequired("Authentication Required", "AuthMissing");
  }
  // A token of an earlier sandbox, whose account this one has not.
  if (server_->state.Lock()->Find(call->viewer) == nullptr)
    return Invalid("Token could not be verified", "InvalidToken");
  if (method.auth != Auth::kChat) return Ok();
  const std::string proxy = call->request.Header("atproto-proxy");
  if (proxy.empty())
    return Refuse(Code::kUnimplemented, "MethodNotImplemented", "Method Not Implemented");
  return proxy == kChatService ? Ok() : Invalid("could not resolve proxy did");
}

// By the reader's own account, else by that whose records are asked for: the first that the request names.
bool Xrpc::IsHidden(const Call& call) const {
  std::string asked = call.viewer;
  for (const char* name : {"repo", "actor", "author", "uri", "uris"}) {
    if (!asked.empty()) break;
    asked = call.Get(name);
    if (const auto uri = atproto_syntax::ParseAtUri(asked)) asked = uri->authority;
  }
  std::string handle;
  {
    const auto state = server_->state.Lock();
    if (const Actor* actor = state->Find(asked)) handle = actor->handle;
  }
  return server_->shared->faults.HidesReads(server_->name(), handle);
}

// RFC 9449 8.2 and 9: each answer brings the nonce for the next proof.
void Xrpc::AddProofHeaders(const http::ServerRequest& request, ServerResponse* response) const {
  if (!request.Header("Authorization").starts_with("DPoP ")) return;
  response->headers.emplace_back("DPoP-Nonce", server_->grants.Nonce());
  if (response->status != 401) return;
  const std::string error = TextAt(ReadJson(response->body), {"error"});
  response->headers.emplace_back("WWW-Authenticate", fmt::format("DPoP algs=\"ES256\", error=\"{}\"", error));
}

ServerResponse Xrpc::Run(const Method& method, const RawHandler& handler,
                         const http::ServerRequest& request) const {
  ++server_->counts.requests;
  const std::string host = request.Header("Host");
  Call call{request, "http://" + host, ServiceDid(host), "", {}, {}};
  call.rate = server_->rate.requests.Count(request.remote_address, server_->shared->clock->Now());
  if (!call.rate.allowed) {
    ++server_->counts.refused_rate_limit;
    return RateLimited(call.rate);
  }
  ServerResponse response;
  if (const Status auth = Authenticate(method, &call); !auth.ok()) {
    ++server_->counts.refused_unauthorized;
    response = ErrorAnswer(auth);
  } else if (const Status input = ReadInput(method, &call); !input.ok()) {
    response = ErrorAnswer(input);
  } else if (method.reads == Reads::kTimeline && IsHidden(call)) {
    response = ErrorAnswer(
        Refuse(Code::kUnavailable, "NotEnoughResources", "Not Enough Resources"));
  } else {
    response = handler(call);
  }
  const bool has_rate =
      std::any_of(response.headers.begin(), response.headers.end(),
                  [](const auto& header) { return header.first == "RateLimit-Limit"; });
  if (!has_rate) AddRateHeaders(call.rate, &response);
  AddProofHeaders(request, &response);
  return response;
}

void Xrpc::Raw(Method method, RawHandler handler) {
  known_.insert(method.nsid);
  router_->Add(std::string(method.is_procedure ? "POST" : "GET") + " /xrpc/" + method.nsid,
               [this, method, handler = std::move(handler)](const http::ServerRequest& request,
                                                            const http::PathParams&) {
                 return Run(method, handler, request);
               });
}

void Xrpc::Query(const char* nsid, Auth auth, Reads reads, Handler handler) {
  Raw({nsid, auth, reads}, [this, handler = std::move(handler)](Call& call) {
    const auto state = server_->state.Lock();
    const Result<json> answer = handler(*state, call);
    return answer.ok() ? Answer(*answer) : ErrorAnswer(answer.status());
  });
}

void Xrpc::Procedure(const char* nsid, Auth auth, Input input, Handler handler) {
  Raw({nsid, auth, Reads::kNo, true, input}, [this, handler = std::move(handler)](Call& call) {
    const auto state = server_->state.Lock();
    const Result<json> answer = handler(*state, call);
    if (!answer.ok()) return ErrorAnswer(answer.status());
    if (!answer->is_null()) return Answer(*answer);
    ServerResponse response;  // a method without an output
    response.content_type.clear();
    return response;
  });
}

}  // namespace carillon::sandbox::bluesky
