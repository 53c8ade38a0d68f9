#include "services/publisher/api/webhook_secret_api.h"

namespace carillon::publisher {

Result<WebhookSecretApi::Signer> WebhookSecretApi::Find(const std::string& platform, const std::string& app_id,
                                                        absl::Time deadline) const {
  Signer signer;
  ASSIGN_OR_RETURN(signer.webhook, platforms_.FindWebhook(platform));
  ASSIGN_OR_RETURN(signer.app, apps_.Get(app_id, deadline));
  if (signer.app.platform() != platform) {
    return Refuse(Code::kNotFound, "UNKNOWN_APP", "there is no such app of this platform", {{"app", app_id}});
  }
  ASSIGN_OR_RETURN(AppSecrets secrets, apps_.Open(signer.app));
  signer.secret = std::move(secrets.webhook_secret);
  if (!signer.secret.empty()) return signer;
  return Refuse(Code::kFailedPrecondition, "NO_WEBHOOK_SECRET",
                "the app has no secret for webhooks; `carillon app create` with --webhook-secret-file adds it",
                {{"app", app_id}});
}

WebhookSecretApi::Reactor* WebhookSecretApi::AnswerChallenge(Context* context,
                                                             const v1::AnswerChallengeRequest* request,
                                                             v1::AnswerChallengeResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    const auto answer = [&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("webhook.challenge", request->app_id()));
      ASSIGN_OR_RETURN(const Signer signer, Find(request->platform(), request->app_id(), call.deadline()));
      const platform::Webhook::Fields query(request->query().begin(), request->query().end());
      ASSIGN_OR_RETURN(const platform::ChallengeAnswer made, signer.webhook->AnswerChallenge(query, signer.secret));
      response->set_content_type(made.content_type);
      response->set_body(made.body);
      return Ok();
    };
    call.Finish(answer());
  });
}

WebhookSecretApi::Reactor* WebhookSecretApi::CheckSignature(Context* context, const v1::CheckSignatureRequest* request,
                                                            v1::CheckSignatureResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    const auto check = [&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("webhook.check", request->app_id()));
      ASSIGN_OR_RETURN(const Signer signer, Find(request->platform(), request->app_id(), call.deadline()));
      const platform::Webhook::Fields headers(request->headers().begin(), request->headers().end());
      RETURN_IF_ERROR(signer.webhook->CheckSignature(headers, request->body(), signer.secret));
      response->set_org_id(signer.app.org_id());
      response->set_base_url(signer.app.base_url());
      return Ok();
    };
    call.Finish(check());
  });
}

}  // namespace carillon::publisher
