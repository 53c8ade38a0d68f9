#include "common/http/router.h"

#include <algorithm>

#include "common/base/check.h"

namespace carillon::http {
namespace {

bool IsParam(const std::string& segment) { return segment.starts_with(':'); }

bool Matches(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (!IsParam(pattern[i]) && pattern[i] != segments[i]) return false;
  }
  return true;
}

// "0" for a literal, "1" for a parameter: sorts the more literal pattern first.
std::string Shape(const std::vector<std::string>& pattern) {
  std::string shape;
  for (const std::string& segment : pattern) shape += IsParam(segment) ? '1' : '0';
  return shape;
}

}  // namespace

void Router::Add(std::string_view method_and_path, RouteHandler handler) {
  const size_t space = method_and_path.find(' ');
  CARILLON_CHECK(space != std::string_view::npos, "a route is 'METHOD /path', not '{}'",
                 method_and_path);
  Route route{std::string(method_and_path.substr(0, space)), {}, std::move(handler)};
  const std::string_view path = method_and_path.substr(space + 1);
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (end > begin) route.segments.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  routes_.push_back(std::move(route));
  std::stable_sort(routes_.begin(), routes_.end(), [](const Route& a, const Route& b) {
    return Shape(a.segments) < Shape(b.segments);
  });
}

ServerResponse Router::Handle(const ServerRequest& request) const {
  std::string allowed;
  for (const Route& route : routes_) {
    if (!Matches(route.segments, request.segments)) continue;
    if (route.method != request.method) {
      allowed += (allowed.empty() ? "" : ", ") + route.method;
      continue;
    }
    PathParams params;
    for (size_t i = 0; i < route.segments.size(); ++i) {
      if (IsParam(route.segments[i])) params[route.segments[i].substr(1)] = request.segments[i];
    }
    return route.handler(request, params);
  }
  ServerResponse response;
  response.status = allowed.empty() ? 404 : 405;
  if (!allowed.empty()) response.headers.emplace_back("Allow", allowed);
  response.body =
      allowed.empty() ? R"({"error":"Not Found"})" : R"({"error":"Method Not Allowed"})";
  return response;
}

}  // namespace carillon::http
