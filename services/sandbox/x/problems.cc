#include "services/sandbox/x/problems.h"

#include "services/sandbox/json_answer.h"

namespace carillon::sandbox::x {
namespace {

using http::ServerResponse;
using nlohmann::json;

constexpr char kProblems[] = "https://api.x.com/2/problems/";

ServerResponse Problem(json body, int status) {
  ServerResponse response = Answer(body, status);
  response.content_type = "application/problem+json; charset=utf-8";
  return response;
}

ServerResponse Plain(int status, const char* title, std::string_view detail) {
  return Problem(
      {{"title", title}, {"detail", detail}, {"type", "about:blank"}, {"status", status}}, status);
}

ServerResponse InvalidRequest(const Status& status) {
  json error = {{"message", carillon::Message(status)}, {"parameters", json::object()}};
  if (const auto info = GetErrorInfo(status)) {
    for (const auto& [name, value] : info->params)
      error["parameters"][name] = json::array({value});
  }
  return Problem({{"errors", json::array({std::move(error)})},
                  {"title", "Invalid Request"},
                  {"detail", "One or more parameters to your request was invalid."},
                  {"type", std::string(kProblems) + "invalid-request"}},
                 400);
}

}  // namespace

Status Invalid(std::string_view parameter, std::string_view value, std::string_view message) {
  return Refuse(Code::kInvalidArgument, "INVALID_REQUEST", message,
                {{std::string(parameter), std::string(value)}});
}
Status Forbidden(std::string_view detail) {
  return Refuse(Code::kPermissionDenied, "FORBIDDEN", detail);
}
Status Unauthorized() { return Refuse(Code::kUnauthenticated, "UNAUTHORIZED", "Unauthorized"); }
Status TooLarge() {
  return Refuse(Code::kOutOfRange, "TOO_LARGE", "The request's body is too large");
}
Status Full() {
  return Refuse(Code::kResourceExhausted, "SANDBOX_FULL", "The sandbox is full");
}
Status NotPermitted() { return Forbidden("You are not permitted to perform this action."); }

ServerResponse ProblemAnswer(const Status& status) {
  const std::string detail = carillon::Message(status);
  switch (status.code()) {
    case Code::kUnauthenticated:
      return Plain(401, "Unauthorized", detail);
    case Code::kPermissionDenied:
      return Plain(403, "Forbidden", detail);
    case Code::kOutOfRange:
      return Plain(413, "Payload Too Large", detail);
    case Code::kResourceExhausted:
    case Code::kUnavailable:
      return Plain(503, "Service Unavailable", detail);
    default:
      return InvalidRequest(status);
  }
}

ServerResponse UnsupportedAuthentication() {
  return Problem({{"title", "Unsupported Authentication"},
                  {"detail", "Authenticating with this kind of token is forbidden for this endpoint."},
                  {"type", std::string(kProblems) + "unsupported-authentication"},
                  {"status", 403}},
                 403);
}

json NotFoundError(std::string_view resource, std::string_view parameter, std::string_view value) {
  return {{"value", value},
          {"detail", fmt::format("Could not find {} with {}: [{}].", resource, parameter, value)},
          {"title", "Not Found Error"},
          {"resource_type", resource},
          {"parameter", parameter},
          {"resource_id", value},
          {"type", std::string(kProblems) + "resource-not-found"}};
}

}  // namespace carillon::sandbox::x
