// What platforms push, as the gateway hands it over. The listener believes nobody but the signature, which the publisher checks: who has
// taken the gateway over can make no event. Thread-safe.
#pragma once

#include <functional>
#include <memory>

#include "carillon/listener/v1/webhook_api.grpc.pb.h"
#include "carillon/publisher/v1/authorization_api.grpc.pb.h"
#include "common/base/clock.h"
#include "common/platform/registry.h"
#include "common/rpc/router.h"

namespace carillon::listener {

class WebhookApi : public v1::WebhookService::CallbackService {
 public:
  using Prepare = std::function<void(grpc::ClientContext&, absl::Duration timeout)>;
  // Everything outlives it. `prepare` adds the service token and a deadline to a call.
  WebhookApi(rpc::Router& router, const platform::Registry& platforms, const Clock& clock,
             std::shared_ptr<publisher::v1::WebhookSecretService::StubInterface> secrets, Prepare prepare)
      : router_(router),
        platforms_(platforms),
        clock_(clock),
        secrets_(std::move(secrets)),
        prepare_(std::move(prepare)) {}

  grpc::ServerUnaryReactor* TakeWebhook(grpc::CallbackServerContext* context, const v1::TakeWebhookRequest* request,
                                        v1::TakeWebhookResponse* response) override;

 private:
  // Blocking. OK: all of it is in the log, or concerns nobody.
  Status Take(const v1::TakeWebhookRequest& request, const common::v1::Envelope& envelope, absl::Time deadline,
              v1::TakeWebhookResponse* response);
  Result<publisher::v1::CheckSignatureResponse> Check(const v1::TakeWebhookRequest& request);

  rpc::Router& router_;
  const platform::Registry& platforms_;
  const Clock& clock_;
  const std::shared_ptr<publisher::v1::WebhookSecretService::StubInterface> secrets_;
  const Prepare prepare_;
};

}  // namespace carillon::listener
