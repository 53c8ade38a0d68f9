// What the gateway passes on, to whom: publisher and listener over gRPC. Each answer comes once, on any thread; nothing is tried twice.
#pragma once

#include <functional>

#include "carillon/listener/v1/webhook_api.pb.h"
#include "carillon/publisher/v1/authorization_api.pb.h"
#include "common/base/status.h"

namespace carillon::gateway {

template <typename Response>
using Then = std::function<void(Result<Response>)>;

class Backend {
 public:
  virtual ~Backend() = default;
  virtual void FinishAuthorization(const publisher::v1::FinishAuthorizationRequest& request,
                                   Then<publisher::v1::FinishAuthorizationResponse> then) = 0;
  virtual void GetClientDocument(const publisher::v1::GetClientDocumentRequest& request,
                                 Then<publisher::v1::GetClientDocumentResponse> then) = 0;
  virtual void AnswerChallenge(const publisher::v1::AnswerChallengeRequest& request,
                               Then<publisher::v1::AnswerChallengeResponse> then) = 0;
  virtual void TakeWebhook(const listener::v1::TakeWebhookRequest& request,
                           Then<listener::v1::TakeWebhookResponse> then) = 0;
};

}  // namespace carillon::gateway
