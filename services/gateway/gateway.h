// The routes, and what is counted and logged of each request: its route, its status, its time; never its path's parameters, its query,
// its headers or its body. Thread-safe; nothing here blocks.
#pragma once

#include <functional>
#include <string>

#include "common/base/clock.h"
#include "common/http/router.h"
#include "common/media_store/media_store.h"
#include "common/media_store/media_urls.h"
#include "services/gateway/backend.h"

namespace carillon::gateway {

class Gateway {
 public:
  struct Parts {
    Backend& backend;
    const Clock& clock;
    std::function<bool()> is_ready;
    // Both or none: then there are no media.
    media_store::MediaStore* media = nullptr;
    const media_store::MediaUrls* media_urls = nullptr;
  };
  explicit Gateway(Parts parts);
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  http::ServerResponse Handle(const http::ServerRequest& request) const { return router_.Handle(request); }

 private:
  // `name` is the metrics' label of the route.
  void Add(const std::string& route, const std::string& name, http::RouteHandler handler);

  const Parts parts_;
  http::Router router_;
};

// What the routes' files add.
using AddRoute = std::function<void(const std::string& route, const std::string& name, http::RouteHandler handler)>;
void AddCallback(const AddRoute& add, Backend& backend);
void AddClientDocument(const AddRoute& add, Backend& backend);
void AddWebhooks(const AddRoute& add, Backend& backend);

}  // namespace carillon::gateway
