#include "services/gateway/grpc_backend.h"

#include "common/observe/log.h"
#include "common/rpc/status.h"
#include "common/service/peers.h"

namespace carillon::gateway {
namespace {

// A code is redeemed and its account looked at within this; browsers and proxies wait for a minute.
constexpr absl::Duration kFinishTimeout = absl::Seconds(50);
constexpr absl::Duration kChallengeTimeout = absl::Seconds(5);
constexpr absl::Duration kDocumentTimeout = absl::Seconds(5);
// X wants its answer within 10 s, and delivers again without one.
constexpr absl::Duration kWebhookTimeout = absl::Seconds(8);
constexpr auto kWatchPeriod = std::chrono::seconds(1);

bool IsThere(grpc::Channel& channel) {
  return channel.GetState(/*try_to_connect=*/true) == GRPC_CHANNEL_READY;
}

}  // namespace

GrpcBackend::GrpcBackend(const std::string& publisher, const std::string& listener, const std::string& token)
    : publisher_channel_(service::MakePeerChannel(publisher, token)),
      listener_channel_(service::MakePeerChannel(listener, token)),
      authorization_(publisher::v1::AuthorizationService::NewStub(publisher_channel_)),
      secrets_(publisher::v1::WebhookSecretService::NewStub(publisher_channel_)),
      webhooks_(listener::v1::WebhookService::NewStub(listener_channel_)),
      watch_([this] { Watch(); }) {}

GrpcBackend::~GrpcBackend() {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    for (grpc::ClientContext* context : calls_) context->TryCancel();
    changed_.wait(lock, [this] { return calls_.empty(); });
  }
  watch_.join();
}

template <typename Request, typename Response>
struct GrpcBackend::OneCall {
  grpc::ClientContext context;
  Request request;
  Response response;
  Then<Response> then;
};

template <typename Stub, typename Request, typename Response>
void GrpcBackend::Call(Stub* stub,
                       void (Stub::*method)(grpc::ClientContext*, const Request*, Response*,
                                            std::function<void(grpc::Status)>),
                       const Request& request, absl::Duration timeout, Then<Response> then) {
  auto call = std::make_shared<OneCall<Request, Response>>();
  call->request = request;
  call->then = std::move(then);
  service::SetTimeout(call->context, timeout);
  bool stopping = false;
  {
    std::lock_guard lock(mutex_);
    stopping = stopping_;
    if (!stopping) calls_.insert(&call->context);
  }
  if (stopping) return call->then(MakeStatus(Code::kUnavailable, "the gateway is stopping"));
  (stub->*method)(&call->context, &call->request, &call->response, [this, call](grpc::Status status) {
    if (status.ok()) {
      call->then(std::move(call->response));
    } else {
      call->then(rpc::FromGrpc(status));
    }
    std::lock_guard lock(mutex_);
    calls_.erase(&call->context);
    changed_.notify_all();
  });
}

void GrpcBackend::FinishAuthorization(const publisher::v1::FinishAuthorizationRequest& request,
                                      Then<publisher::v1::FinishAuthorizationResponse> then) {
  using Async = class publisher::v1::AuthorizationService::Stub::async;
  Call<Async>(authorization_->async(), &Async::FinishAuthorization, request, kFinishTimeout, std::move(then));
}

void GrpcBackend::GetClientDocument(const publisher::v1::GetClientDocumentRequest& request,
                                    Then<publisher::v1::GetClientDocumentResponse> then) {
  using Async = class publisher::v1::AuthorizationService::Stub::async;
  Call<Async>(authorization_->async(), &Async::GetClientDocument, request, kDocumentTimeout, std::move(then));
}

void GrpcBackend::AnswerChallenge(const publisher::v1::AnswerChallengeRequest& request,
                                  Then<publisher::v1::AnswerChallengeResponse> then) {
  using Async = class publisher::v1::WebhookSecretService::Stub::async;
  Call<Async>(secrets_->async(), &Async::AnswerChallenge, request, kChallengeTimeout, std::move(then));
}

void GrpcBackend::TakeWebhook(const listener::v1::TakeWebhookRequest& request,
                              Then<listener::v1::TakeWebhookResponse> then) {
  using Async = class listener::v1::WebhookService::Stub::async;
  Call<Async>(webhooks_->async(), &Async::TakeWebhook, request, kWebhookTimeout, std::move(then));
}

void GrpcBackend::Watch() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const bool ready = IsThere(*publisher_channel_) & IsThere(*listener_channel_);
    if (ready_.exchange(ready) != ready) observe::Info("readiness changed", {{"ready", ready ? "yes" : "no"}});
    lock.lock();
    changed_.wait_for(lock, kWatchPeriod, [this] { return stopping_; });
  }
}

}  // namespace carillon::gateway
