#include "services/listener/api/webhook_api.h"

#include <set>

#include "carillon/listener/v1/webhook_internal.pb.h"
#include "common/observe/metrics.h"
#include "common/platform/account_id.h"
#include "common/rpc/metadata.h"
#include "services/listener/domain/ids.h"

namespace carillon::listener {
namespace {

constexpr absl::Duration kCheckTimeout = absl::Seconds(4);

void Count(const std::string& platform, const char* outcome) {
  observe::Counter("webhooks_total", "Bodies that platforms pushed, by what became of them",
                   {{"platform", platform}, {"outcome", outcome}})
      .Increment();
}

}  // namespace

Result<publisher::v1::CheckSignatureResponse> WebhookApi::Check(const v1::TakeWebhookRequest& request) {
  publisher::v1::CheckSignatureRequest check;
  check.set_platform(request.platform());
  check.set_app_id(request.app_id());
  check.set_body(request.body());
  *check.mutable_headers() = request.headers();
  grpc::ClientContext context;
  prepare_(context, kCheckTimeout);
  publisher::v1::CheckSignatureResponse checked;
  RETURN_IF_ERROR(rpc::FromGrpc(secrets_->CheckSignature(&context, check, &checked)));
  return checked;
}

Status WebhookApi::Take(const v1::TakeWebhookRequest& request, const common::v1::Envelope& caller,
                        absl::Time deadline, v1::TakeWebhookResponse* response) {
  ASSIGN_OR_RETURN(const platform::Webhook* webhook, platforms_.FindWebhook(request.platform()));
  ASSIGN_OR_RETURN(const auto signer, Check(request));
  ASSIGN_OR_RETURN(const platform::PushedEvents pushed, webhook->Read(request.body()));
  response->set_passed_over(pushed.passed_over);
  std::set<std::string> accounts;
  for (const platform::PushedEvent& event : pushed.events) {
    accounts.insert(platform::AccountId(signer.org_id(), request.platform(), signer.base_url(), event.remote_account_id));
  }
  for (const std::string& account : accounts) {
    auto command = std::make_shared<v1::PollNow>();
    command->set_account_id(account);
    ledger::Input input;
    input.aggregate_id = CollectionId(account);
    input.body = std::move(command);
    input.envelope = caller;
    input.envelope.set_org_id(signer.org_id());
    input.envelope.clear_request_id();  // said twice it is the same
    const ledger::Answer answer = router_.SubmitAndWait(std::move(input), deadline);
    if (ReasonOf(answer.status) == "NOT_CONNECTED") {
      response->set_passed_over(response->passed_over() + 1);
      continue;
    }
    RETURN_IF_ERROR(answer.status);
    response->set_accounts(response->accounts() + 1);
  }
  return Ok();
}

grpc::ServerUnaryReactor* WebhookApi::TakeWebhook(grpc::CallbackServerContext* context,
                                                  const v1::TakeWebhookRequest* request,
                                                  v1::TakeWebhookResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    const auto take = [&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("webhook.take", request->app_id()));
      ASSIGN_OR_RETURN(common::v1::Envelope envelope, rpc::EnvelopeFrom(*context, call.principal()));
      *envelope.mutable_occurred_at() = ToProto(clock_.Now());
      const Status taken = Take(*request, envelope, call.deadline(), response);
      const bool known = platforms_.FindWebhook(request->platform()).ok();  // else anybody could make labels
      if (known) Count(request->platform(), taken.ok() ? "taken" : GetErrorInfo(taken) ? "refused" : "failed");
      return taken;
    };
    call.Finish(take());
  });
}

}  // namespace carillon::listener
