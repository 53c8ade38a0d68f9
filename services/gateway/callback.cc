// Where platforms send a person back to who was asked whether an account may be connected.
#include "services/gateway/answers.h"
#include "services/gateway/gateway.h"

namespace carillon::gateway {
namespace {

constexpr size_t kFieldSizeMax = 2'048;

http::ServerResponse Outcome(const Result<publisher::v1::FinishAuthorizationResponse>& finished) {
  if (finished.ok()) {
    return Page(200, "Connected", fmt::format("{} is connected. You can close this page.", finished->account().username()));
  }
  const Status& status = finished.status();
  if (GetErrorInfo(status)) return Page(HttpStatusOf(status), "Not connected", Message(status) + ".");
  // What went on inside is nobody's business; the same address again finds out.
  return Page(503, "Not yet connected",
              "Carillon did not answer in time. Reload this page in a moment, or begin anew.");
}

http::ServerResponse Callback(Backend& backend, const http::ServerRequest& request, std::string issuer_path) {
  publisher::v1::FinishAuthorizationRequest finish;
  finish.set_issuer_path(std::move(issuer_path));
  for (const auto& [name, value] : request.query) {
    if (value.size() > kFieldSizeMax) return Page(400, "Not connected", "The address is too long.");
    std::string* field = name == "state"   ? finish.mutable_state()
                         : name == "code"  ? finish.mutable_code()
                         : name == "error" ? finish.mutable_error()
                         : name == "iss"   ? finish.mutable_iss()
                                           : nullptr;
    if (field == nullptr) continue;
    // RFC 6749 3.1: none comes twice.
    if (!field->empty()) return Page(400, "Not connected", "The address is not one that a platform makes.");
    *field = value;
  }
  if (finish.state().empty()) return Page(400, "Not connected", "The address is not one that a platform makes.");
  http::ServerResponse response;
  response.later = [&backend, finish = std::move(finish)](auto answer) {
    backend.FinishAuthorization(finish, [answer = std::move(answer)](auto finished) { answer(Outcome(finished)); });
  };
  return response;
}

}  // namespace

void AddCallback(const AddRoute& add, Backend& backend) {
  add("GET /oauth/callback/:platform", "oauth_callback", [&backend](const auto& request, const auto& params) {
    return Callback(backend, request, params.find("platform")->second);
  });
  add("GET /oauth/callback/:platform/:server", "oauth_callback", [&backend](const auto& request, const auto& params) {
    return Callback(backend, request, params.find("platform")->second + "/" + params.find("server")->second);
  });
}

}  // namespace carillon::gateway
