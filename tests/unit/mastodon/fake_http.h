// An HttpClient that answers from a script and remembers what it was asked. Not thread-safe.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/http/client.h"

namespace carillon::http::testing {

class FakeHttpClient : public HttpClient {
 public:
  using Handler = std::function<HttpOutcome(const HttpRequest&)>;

  void Handle(Handler handler) { handler_ = std::move(handler); }

  HttpOutcome Send(const HttpRequest& request) override {
    requests.push_back(request);
    if (request.before_first_byte && !request.before_first_byte()) {
      return Failure(Refuse(Code::kAborted, "SEND_REFUSED", "not sent"), false);
    }
    return handler_(request);
  }

  static HttpOutcome Response(int status, std::string body, Headers headers = {}) {
    HttpOutcome out;
    out.response = HttpResponse{status, std::move(headers), std::move(body)};
    out.maybe_executed = true;
    return out;
  }
  static HttpOutcome Failure(Status error, bool maybe_executed) {
    HttpOutcome out;
    out.error = std::move(error);
    out.maybe_executed = maybe_executed;
    return out;
  }

  std::vector<HttpRequest> requests;

 private:
  Handler handler_ = [](const HttpRequest&) { return Response(404, R"({"error":"Not Found"})"); };
};

}  // namespace carillon::http::testing
