#include "services/sandbox/mastodon/api.h"

#include <charconv>

#include "common/http/form.h"
#include "services/sandbox/json_input.h"

namespace carillon::sandbox::mastodon {
namespace {

using http::ServerResponse;
using nlohmann::json;

std::string PlainName(std::string name) {
  if (name.ends_with("[]")) name.resize(name.size() - 2);
  return name;
}

void AddJson(const std::string& name, const json& value, Fields* fields) {
  if (value.is_null()) return;
  if (value.is_array()) {
    for (const json& item : value) AddJson(name, item, fields);
  } else if (value.is_object()) {
    for (const auto& [key, item] : value.items()) AddJson(name + "[" + key + "]", item, fields);
  } else if (value.is_string()) {
    fields->values.emplace_back(name, value.get<std::string>());
  } else {
    fields->values.emplace_back(name, Dump(value));
  }
}

int64_t Number(std::string_view text) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value > 0 ? value : 0;
}

void AddRateHeaders(const RateState& state, ServerResponse* response) {
  response->headers.emplace_back("X-RateLimit-Limit", std::to_string(state.limit));
  response->headers.emplace_back("X-RateLimit-Remaining", std::to_string(state.remaining));
  response->headers.emplace_back("X-RateLimit-Reset", IsoTime(state.reset));
}

// Nothing to answer yet, or the refusal.
std::optional<ServerResponse> Authenticate(Mastodon* server, Auth auth, Call* call) {
  const std::string header = call->request.Header("Authorization");
  if (header.starts_with("Bearer ")) call->account = server->store.FindToken(header.substr(7));
  if (call->account) return std::nullopt;
  // A wrong token is refused everywhere, a missing one only where an account is needed.
  if (header.empty() && auth == Auth::kNone) return std::nullopt;
  ++server->counts.refused_unauthorized;
  return ErrorAnswer(401, "The access token is invalid");
}

}  // namespace

std::optional<std::string> Fields::Find(std::string_view name) const {
  for (const auto& [key, value] : values) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> Fields::All(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [key, value] : values) {
    if (key == name) out.push_back(value);
  }
  return out;
}

bool Fields::Flag(std::string_view name) const {
  const std::string value = Get(name);
  return value == "true" || value == "1" || value == "True" || value == "on" || value == "t";
}

Result<Fields> ReadFields(const http::ServerRequest& request) {
  Fields fields;
  for (const auto& [name, value] : request.query)
    fields.values.emplace_back(PlainName(name), value);
  const std::string type = request.Header("Content-Type");
  if (request.body.empty()) return fields;
  if (type.starts_with("application/json")) {
    const json body = ReadJson(request.body);
    if (!body.is_object())
      return MakeStatus(Code::kInvalidArgument, "the body is not a JSON object");
    for (const auto& [name, value] : body.items()) AddJson(PlainName(name), value, &fields);
  } else if (type.starts_with("multipart/form-data")) {
    ASSIGN_OR_RETURN(std::vector<http::ReceivedPart> parts,
                     http::ParseMultipart(type, request.body));
    for (http::ReceivedPart& part : parts) {
      if (part.file_name.empty())
        fields.values.emplace_back(PlainName(part.name), std::move(part.body));
      else
        fields.files.push_back(std::move(part));
    }
  } else {
    auto form = http::ParseForm(request.body);
    if (!form) return MakeStatus(Code::kInvalidArgument, "the form has too many fields");
    for (auto& [name, value] : *form)
      fields.values.emplace_back(PlainName(std::move(name)), std::move(value));
  }
  return fields;
}

int64_t Call::Id(std::string_view name) const {
  auto found = params.find(name);
  return found == params.end() ? 0 : Number(found->second);
}

ServerResponse ErrorAnswer(int status, const std::string& message) {
  return Answer({{"error", message}}, status);
}

ServerResponse NotFound() { return ErrorAnswer(404, "Record not found"); }

Page ReadPage(const Fields& fields, size_t limit_usual, size_t limit_max) {
  Page page;
  page.max_id = Number(fields.Get("max_id"));
  page.since_id = Number(fields.Get("since_id"));
  if (const std::string min_id = fields.Get("min_id"); !min_id.empty())
    page.min_id = Number(min_id);
  const int64_t limit = Number(fields.Get("limit"));
  page.limit = limit == 0 ? limit_usual : std::min<size_t>(limit, limit_max);
  return page;
}

void AddLinks(ServerResponse* response, const Call& call, const Page& page, size_t count,
              int64_t first, int64_t last) {
  if (count == 0) return;
  http::FormFields kept;
  for (const auto& [name, value] : call.request.query) {
    if (name != "max_id" && name != "since_id" && name != "min_id") kept.emplace_back(name, value);
  }
  const std::string base = call.base_url + call.request.path + "?";
  auto link = [&](const char* cursor, int64_t id) {
    http::FormFields query = kept;
    query.emplace_back(cursor, std::to_string(id));
    return "<" + base + http::EncodeForm(query) + ">";
  };
  std::string links;
  if (count >= page.limit) links = link("max_id", last) + "; rel=\"next\", ";
  links += link("min_id", first) + "; rel=\"prev\"";
  response->headers.emplace_back("Link", links);
}

void AddRoute(http::Router* router, Mastodon* server, std::string_view route, Auth auth,
              Reads reads, ApiHandler handler) {
  router->Add(route, [server, auth, reads, handler = std::move(handler)](
                         const http::ServerRequest& request, const http::PathParams& params) {
    ++server->counts.requests;
    Call call{request, params, {}, "", "", std::nullopt};
    call.domain = request.Header("Host");
    call.base_url = "http://" + call.domain;
    if (auto refused = Authenticate(server, auth, &call)) return *refused;
    RateState rate;
    if (call.account) {
      rate = server->rate_limits.Count(std::to_string(call.account->id), server->store.clock().Now());
      if (!rate.allowed) {
        ++server->counts.refused_rate_limit;
        ServerResponse response = ErrorAnswer(429, "Too many requests");
        AddRateHeaders(rate, &response);
        return response;
      }
    }
    Result<Fields> fields = ReadFields(request);
    if (!fields.ok()) return ErrorAnswer(400, Message(fields.status()));
    call.fields = std::move(*fields);
    if (reads == Reads::kTimeline) {
      const std::string reader = call.account ? call.account->username : "";
      if (server->shared->faults.HidesReads(server->name(), reader))
        return ErrorAnswer(503, "Service Unavailable");
    }
    ServerResponse response = handler(call);
    const bool has_rate =
        std::any_of(response.headers.begin(), response.headers.end(),
                    [](const auto& header) { return header.first == "X-RateLimit-Limit"; });
    if (call.account && rate.limit > 0 && !has_rate) AddRateHeaders(rate, &response);
    return response;
  });
}

}  // namespace carillon::sandbox::mastodon
