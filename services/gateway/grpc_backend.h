// The backend over gRPC, and whether it is there. Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "carillon/listener/v1/webhook_api.grpc.pb.h"
#include "carillon/publisher/v1/authorization_api.grpc.pb.h"
#include "services/gateway/backend.h"

namespace carillon::gateway {

class GrpcBackend : public Backend {
 public:
  // `token` is the gateway's own; secret.
  GrpcBackend(const std::string& publisher, const std::string& listener, const std::string& token);
  // Calls under way are cancelled, and answered before it ends.
  ~GrpcBackend() override;

  void FinishAuthorization(const publisher::v1::FinishAuthorizationRequest& request,
                           Then<publisher::v1::FinishAuthorizationResponse> then) override;
  void GetClientDocument(const publisher::v1::GetClientDocumentRequest& request,
                         Then<publisher::v1::GetClientDocumentResponse> then) override;
  void AnswerChallenge(const publisher::v1::AnswerChallengeRequest& request,
                       Then<publisher::v1::AnswerChallengeResponse> then) override;
  void TakeWebhook(const listener::v1::TakeWebhookRequest& request,
                   Then<listener::v1::TakeWebhookResponse> then) override;

  // Both were reached lately; looked at in the background, so that asking costs nothing.
  bool IsReady() const { return ready_; }

 private:
  template <typename Request, typename Response>
  struct OneCall;
  template <typename Stub, typename Request, typename Response>
  void Call(Stub* stub, void (Stub::*method)(grpc::ClientContext*, const Request*, Response*,
                                             std::function<void(grpc::Status)>),
            const Request& request, absl::Duration timeout, Then<Response> then);
  void Watch();

  std::shared_ptr<grpc::Channel> publisher_channel_;
  std::shared_ptr<grpc::Channel> listener_channel_;
  std::unique_ptr<publisher::v1::AuthorizationService::Stub> authorization_;
  std::unique_ptr<publisher::v1::WebhookSecretService::Stub> secrets_;
  std::unique_ptr<listener::v1::WebhookService::Stub> webhooks_;
  std::atomic<bool> ready_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<grpc::ClientContext*> calls_;
  bool stopping_ = false;
  std::thread watch_;
};

}  // namespace carillon::gateway
