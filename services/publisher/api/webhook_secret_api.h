// What only who knows an app's webhook secret can say: the answer to a challenge, and whether a body is signed. The secret itself stays
// here, for it is more than that to the platform. Thread-safe.
#pragma once

#include "carillon/publisher/v1/authorization_api.grpc.pb.h"
#include "services/publisher/api/apps.h"

namespace carillon::publisher {

class WebhookSecretApi : public v1::WebhookSecretService::CallbackService {
 public:
  // All outlive it.
  WebhookSecretApi(rpc::Router& router, const platform::Registry& platforms, const Apps& apps)
      : router_(router), platforms_(platforms), apps_(apps) {}

  using Reactor = grpc::ServerUnaryReactor;
  using Context = grpc::CallbackServerContext;
  Reactor* AnswerChallenge(Context*, const v1::AnswerChallengeRequest*, v1::AnswerChallengeResponse*) override;
  Reactor* CheckSignature(Context*, const v1::CheckSignatureRequest*, v1::CheckSignatureResponse*) override;

 private:
  struct Signer {
    v1::App app;
    const platform::Webhook* webhook = nullptr;
    std::string secret;
  };
  Result<Signer> Find(const std::string& platform, const std::string& app_id, absl::Time deadline) const;

  rpc::Router& router_;
  const platform::Registry& platforms_;
  const Apps& apps_;
};

}  // namespace carillon::publisher
