#include "services/gateway/gateway.h"

#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "services/gateway/answers.h"
#include "services/gateway/media.h"

namespace carillon::gateway {
namespace {

http::ServerResponse Text(int status, std::string text) {
  http::ServerResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  return response;
}

void Note(const std::string& name, int status, absl::Duration took) {
  const std::string klass = std::to_string(status / 100) + "xx";
  observe::Counter("requests_total", "Requests by route and class of status", {{"route", name}, {"status", klass}})
      .Increment();
  observe::Seconds("request", "Time from a request's arrival to its answer", {{"route", name}})
      .Observe(absl::ToDoubleSeconds(took));
  const observe::Fields fields = {{"route", name},
                                  {"status", std::to_string(status)},
                                  {"took_ms", std::to_string(absl::ToInt64Milliseconds(took))}};
  if (status >= 500) {
    observe::Warn("request", fields);
  } else {
    observe::Info("request", fields);
  }
}

}  // namespace

Gateway::Gateway(Parts parts) : parts_(std::move(parts)) {
  const AddRoute add = [this](const std::string& route, const std::string& name, http::RouteHandler handler) {
    Add(route, name, std::move(handler));
  };
  AddCallback(add, parts_.backend);
  AddClientDocument(add, parts_.backend);
  AddWebhooks(add, parts_.backend);
  if (parts_.media != nullptr && parts_.media_urls != nullptr) AddMedia(add, *parts_.media, *parts_.media_urls);
  // Asked for every second by whatever balances load: neither counted nor logged.
  router_.Add("GET /healthz", [](const auto&, const auto&) { return Text(200, "ok\n"); });
  router_.Add("GET /readyz", [this](const auto&, const auto&) {
    return parts_.is_ready() ? Text(200, "ready\n") : Text(503, "not ready\n");
  });
}

void Gateway::Add(const std::string& route, const std::string& name, http::RouteHandler handler) {
  router_.Add(route, [this, name, handler = std::move(handler)](const http::ServerRequest& request,
                                                                const http::PathParams& params) {
    const absl::Duration begun = parts_.clock.BootTime();
    http::ServerResponse response = handler(request, params);
    if (!response.later) {
      Note(name, response.status, parts_.clock.BootTime() - begun);
      return response;
    }
    response.later = [this, name, begun, later = std::move(response.later)](auto answer) {
      later([this, name, begun, answer = std::move(answer)](http::ServerResponse given) {
        Note(name, given.status, parts_.clock.BootTime() - begun);
        answer(std::move(given));
      });
    };
    return response;
  });
}

}  // namespace carillon::gateway
