#include "services/sandbox/x/api.h"

#include <charconv>

namespace carillon::sandbox::x {
namespace {

using http::ServerResponse;
using nlohmann::json;

constexpr absl::Duration kWindow = absl::Minutes(15);
constexpr size_t kIdDigitsMax = 19, kJsonBytesMax = 1 << 20;

std::optional<int64_t> Whole(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void AddRateHeaders(int64_t limit, int64_t remaining, absl::Time reset, ServerResponse* response) {
  response->headers.emplace_back("x-rate-limit-limit", std::to_string(limit));
  response->headers.emplace_back("x-rate-limit-remaining", std::to_string(remaining));
  response->headers.emplace_back("x-rate-limit-reset", std::to_string(absl::ToUnixSeconds(reset)));
}

// Forms and multipart bodies are the routes' own to read.
Status ReadInput(const Route& route, Call* call) {
  if (!route.takes_json) return Ok();
  const std::string& body = call->request.body;
  if (body.size() > kJsonBytesMax) return TooLarge();
  call->input = ReadJson(body);
  if (!call->request.Header("Content-Type").starts_with("application/json") ||
      !call->input.is_object()) {
    return Invalid("body", "", "Request body must be a JSON object.");
  }
  return Ok();
}

}  // namespace

std::string Call::Param(std::string_view name) const {
  const auto found = params.find(name);
  return found == params.end() ? "" : found->second;
}

Id ReadId(std::string_view text) {
  if (text.empty() || text.size() > kIdDigitsMax || text.front() == '-') return 0;
  return Whole(text).value_or(0);
}

Result<Id> Call::PathId(std::string_view name) const {
  const std::string text = Param(name);
  if (const Id id = ReadId(text); id != 0) return id;
  return Invalid(name, text,
                 fmt::format("The `{}` query parameter value [{}] is not valid", name, text));
}

Result<size_t> Call::MaxResults(int64_t usual, int64_t least, int64_t most) const {
  const std::string text = Query("max_results");
  if (text.empty()) return static_cast<size_t>(usual);
  const auto value = Whole(text);
  if (value && *value >= least && *value <= most) return static_cast<size_t>(*value);
  return Invalid("max_results", text,
                 fmt::format("The `max_results` query parameter value [{}] is not between {} and {}",
                             text, least, most));
}

Result<std::optional<Id>> InputId(const json& input, const char* name) {
  const json* found = At(input, {name});
  if (found == nullptr) return std::optional<Id>();
  const Id id = found->is_string() ? ReadId(found->get_ref<const std::string&>()) : 0;
  if (id == 0) return Invalid(name, Dump(*found), fmt::format("{} must be an id", name));
  return std::optional<Id>(id);
}

Result<std::vector<Id>> ReadIds(const Call& call, const char* name) {
  std::vector<Id> out;
  for (const std::string& text : ReadList(call.Query(name))) {
    const Id id = ReadId(text);
    if (id == 0)
      return Invalid(name, text, fmt::format("The `{}` query parameter value [{}] is not valid", name, text));
    out.push_back(id);
  }
  if (out.empty() || out.size() > 100)
    return Invalid(name, call.Query(name), fmt::format("The `{}` query parameter has 1 to 100 ids", name));
  return out;
}

ServerResponse RateLimited(int64_t limit, absl::Time reset) {
  ServerResponse response = Answer({{"title", "Too Many Requests"},
                                    {"detail", "Too Many Requests"},
                                    {"type", "about:blank"},
                                    {"status", 429}},
                                   429);
  response.content_type = "application/problem+json; charset=utf-8";
  AddRateHeaders(limit, 0, reset, &response);
  return response;
}

Status Api::AuthenticateApp(const std::string& token, Call* call) const {
  const auto app = server_->grants.CheckApp(token);
  if (app) {
    call->app = *app;
    return Ok();
  }
  const bool is_users = server_->grants.Check(token) || server_->state.Lock()->FindByToken(token) != nullptr;
  return is_users ? Forbidden("Authenticating with OAuth 2.0 User Context is forbidden for this endpoint.") : Unauthorized();
}

// A fixed token of the accounts file may do everything; others what they were granted.
Status Api::Authenticate(const Route& route, Call* call) const {
  const std::string header = call->request.Header("Authorization");
  if (!header.starts_with("Bearer ")) return Unauthorized();
  const std::string token = header.substr(7);
  if (route.of_app) return AuthenticateApp(token, call);
  if (const User* user = server_->state.Lock()->FindByToken(token)) {
    call->user = user->id;
    return Ok();
  }
  const auto grant = server_->grants.Check(token);
  if (!grant) return Unauthorized();
  call->user = grant->user;
  return grant->scopes.count(route.scope) > 0 ? Ok() : Forbidden("Forbidden");
}

bool Api::IsHidden(const Call& call) const {
  const std::string username = server_->state.Lock()->FindUser(call.user)->username;
  return server_->shared->faults.HidesReads(server_->name(), username);
}

ServerResponse Api::Run(const Route& route, RateLimits* limits, const RawHandler& handler,
                        Call* call) const {
  ++server_->counts.requests;
  if (const Status auth = Authenticate(route, call); !auth.ok()) {
    ++server_->counts.refused_unauthorized;
    return ProblemAnswer(auth);
  }
  const RateState rate =
      limits->Count(route.of_app ? call->app : std::to_string(call->user), server_->shared->clock->Now());
  if (!rate.allowed) {
    ++server_->counts.refused_rate_limit;
    return RateLimited(rate.limit, rate.reset);
  }
  ServerResponse response;
  if (route.is_read && IsHidden(*call))
    response = ProblemAnswer(Refuse(Code::kUnavailable, "UNAVAILABLE", "Service Unavailable"));
  else if (const Status input = ReadInput(route, call); !input.ok())
    response = ProblemAnswer(input);
  else
    response = handler(*call);
  const bool has_rate =
      std::any_of(response.headers.begin(), response.headers.end(),
                  [](const auto& header) { return header.first == "x-rate-limit-limit"; });
  if (rate.limit > 0 && !has_rate)
    AddRateHeaders(rate.limit, rate.remaining, rate.reset, &response);
  return response;
}

void Api::AddRaw(Route route, RawHandler handler) {
  const int64_t percent = server_->options.rate_percent;
  const int64_t limit = percent == 0 ? 0 : std::max<int64_t>(1, route.limit * percent / 100);
  auto limits = std::make_shared<RateLimits>(limit, kWindow);
  router_->Add(route.method_and_path,
               [this, route, limits, handler = std::move(handler)](
                   const http::ServerRequest& request, const http::PathParams& params) {
                 Call call{request, params, "http://" + request.Header("Host"), 0, {},
                           ReadFields(request)};
                 return Run(route, limits.get(), handler, &call);
               });
}

void Api::Add(Route route, Handler handler) {
  AddRaw(std::move(route), [this, handler = std::move(handler)](Call& call) {
    const auto state = server_->state.Lock();
    const Result<json> answer = handler(*state, call);
    return answer.ok() ? Answer(*answer) : ProblemAnswer(answer.status());
  });
}

void Api::AddOpen(const std::string& method_and_path, RawHandler handler) {
  router_->Add(method_and_path, [handler = std::move(handler)](const http::ServerRequest& request,
                                                               const http::PathParams& params) {
    Call call{request, params, "http://" + request.Header("Host"), 0, {}, {}};
    return handler(call);
  });
}

}  // namespace carillon::sandbox::x
