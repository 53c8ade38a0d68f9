// Sends a request to the handler of its method and path: "GET /api/v1/statuses/:id". A literal segment wins over a ":name".
// Add everything before the first Handle(); after that it is read-only and thread-safe.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/server.h"

namespace carillon::http {

using PathParams = std::map<std::string, std::string, std::less<>>;
using RouteHandler = std::function<ServerResponse(const ServerRequest&, const PathParams&)>;

class Router {
 public:
  void Add(std::string_view method_and_path, RouteHandler handler);
  // 404, or 405 with Allow, as {"error": ...} where nothing fits.
  ServerResponse Handle(const ServerRequest& request) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;  // ":id" is a parameter
    RouteHandler handler;
  };
  std::vector<Route> routes_;  // those with later first parameters come first
};

}  // namespace carillon::http
