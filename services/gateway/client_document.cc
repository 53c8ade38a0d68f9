// What an app's client_id leads to, where that is an address of ours (atproto.com/specs/oauth, "Clients"): the app's name, its redirect and its
// public key, for whoever asks.
#include "services/gateway/answers.h"
#include "services/gateway/gateway.h"

namespace carillon::gateway {
namespace {

http::ServerResponse Document(Backend& backend, const http::PathParams& params) {
  publisher::v1::GetClientDocumentRequest ask;
  ask.set_platform(params.find("platform")->second);
  ask.set_app_id(params.find("app")->second);
  http::ServerResponse response;
  response.later = [&backend, ask = std::move(ask)](auto answer) {
    backend.GetClientDocument(ask, [answer = std::move(answer)](auto found) {
      if (!found.ok()) return answer(ErrorAnswer(HttpStatusOf(found.status()), ReasonOf(found.status())));
      http::ServerResponse out;
      out.content_type = "application/json";
      out.body = found->body();
      answer(std::move(out));
    });
  };
  return response;
}

}  // namespace

void AddClientDocument(const AddRoute& add, Backend& backend) {
  add("GET /oauth/clients/:platform/:app/client-metadata.json", "client_document",
      [&backend](const auto&, const auto& params) { return Document(backend, params); });
}

}  // namespace carillon::gateway
