// What an app's client_id leads to: read from the app's record and the facts, without a secret, so it never waits for a credential, nor for
// the calls of those who wait for it to be read.
#include "common/base/ids.h"
#include "services/publisher/api/authorization_api.h"

namespace carillon::publisher {
namespace {

Status UnknownApp(const std::string& app) {
  return Refuse(Code::kNotFound, "UNKNOWN_APP", fmt::format("there is no such document of an app '{}'", app), {{"app", app}});
}

}  // namespace

AuthorizationApi::Reactor* AuthorizationApi::GetClientDocument(Context* context,
                                                               const v1::GetClientDocumentRequest* request,
                                                               v1::GetClientDocumentResponse* response) {
  if (!IsId(request->app_id(), "app")) {
    return router_.Blocking(context, request, response,
                            [app = request->app_id()](rpc::Call& call) { call.Finish(UnknownApp(app)); });
  }
  return router_.Read<v1::GetClientDocumentRequest, v1::GetClientDocumentResponse>(
      context, request, response, "client_document.get", request->app_id(),
      [this, platform = request->platform(), id = request->app_id()](const ledger::Answer& answer,
                                                                     v1::GetClientDocumentResponse* out) -> Status {
        const auto* record = static_cast<const v1::PublisherRecord*>(answer.record.get());
        if (record == nullptr || !record->has_app()) return UnknownApp(id);
        const v1::App& app = record->app();
        if (app.removed() || app.platform() != platform || app.client_public_key().empty()) return UnknownApp(id);
        ASSIGN_OR_RETURN(const platform::OAuth* oauth, platforms_.FindOAuth(app.platform()));
        ASSIGN_OR_RETURN(*out->mutable_body(),
                         oauth->ClientDocument({{app.base_url(), app.client_id(), "", app.redirect_uri()}, app.client_public_key()}));
        return Ok();
      });
}

}  // namespace carillon::publisher
