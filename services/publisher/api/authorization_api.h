// Connecting accounts by OAuth: the gRPC handlers of apps and authorizations. The publisher owns the whole flow, so that the gateway, which
// anybody may reach, has neither a key nor a token of a platform. Thread-safe.
#pragma once

#include "carillon/publisher/v1/authorization_api.grpc.pb.h"
#include "common/vault/vault.h"
#include "services/publisher/api/apps.h"
#include "services/publisher/api/connecting.h"

namespace carillon::publisher {

class AuthorizationApi : public v1::AuthorizationService::CallbackService {
 public:
  // What is passed by reference outlives the API.
  AuthorizationApi(rpc::Router& router, ledger::Reader& reader, const platform::Registry& platforms,
                   const CredentialStore& credentials, const vault::Vault& vault, const Clock& clock,
                   AuthorizationOptions options)
      : router_(router),
        reader_(reader),
        platforms_(platforms),
        credentials_(credentials),
        vault_(vault),
        clock_(clock),
        options_(std::move(options)),
        apps_(router, reader, credentials, clock, options_) {}

  using Reactor = grpc::ServerUnaryReactor;
  using Context = grpc::CallbackServerContext;

  Reactor* CreateApp(Context*, const v1::CreateAppRequest*, v1::CreateAppResponse*) override;
  Reactor* ListApps(Context*, const v1::ListAppsRequest*, v1::ListAppsResponse*) override;
  Reactor* RemoveApp(Context*, const v1::RemoveAppRequest*, v1::RemoveAppResponse*) override;
  Reactor* StartAuthorization(Context*, const v1::StartAuthorizationRequest*,
                              v1::StartAuthorizationResponse*) override;
  Reactor* GetAuthorization(Context*, const v1::GetAuthorizationRequest*, v1::GetAuthorizationResponse*) override;
  Reactor* FinishAuthorization(Context*, const v1::FinishAuthorizationRequest*,
                               v1::FinishAuthorizationResponse*) override;
  // client_document.cc
  Reactor* GetClientDocument(Context*, const v1::GetClientDocumentRequest*,
                             v1::GetClientDocumentResponse*) override;

 private:
  // The secret half of `state` and the code verifier, as they are sealed in the authorization; and of a flow that was begun at the server
  // (platform::StartedFlow) what the person opens, and what was kept for the code.
  struct FlowSecrets {
    std::string state;
    std::string verifier;
    std::string url;
    std::string kept;
  };
  Result<FlowSecrets> OpenFlow(const v1::Authorization& authorization) const;
  void SealFlow(const FlowSecrets& secrets, v1::Authorization* authorization) const;

  // Asks the account's own server, where that is how flows begin.
  Status StartFlow(platform::OAuth& oauth, const v1::App& app, const std::string& handle, v1::Authorization& flow,
                   FlowSecrets& secrets) const;
  Result<v1::PutApp> MakeApp(const v1::CreateAppRequest& request, absl::Time deadline) const;
  Result<v1::BeginAuthorization> MakeAuthorization(const v1::StartAuthorizationRequest& request,
                                                   const common::v1::Envelope& envelope, absl::Time deadline) const;
  void FillStarted(const v1::Authorization& authorization, const v1::App& app,
                   v1::StartAuthorizationResponse* response) const;

  // -- finishing.cc. Goes on to its end though nobody waits for it any more.
  Result<v1::Account> Finish(const v1::FinishAuthorizationRequest& request, const common::v1::Envelope& envelope) const;
  // The flow that the callback belongs to, by the secret in its state.
  bool IsWrongIssuer(const platform::OAuth& oauth, const v1::Authorization& flow, const std::string& iss) const;
  Result<v1::Authorization> FindFlow(const v1::FinishAuthorizationRequest& request, absl::Time deadline) const;
  struct Flow;
  Status OpenSecrets(Flow& flow, absl::Time deadline) const;
  Result<v1::Account> RedeemAndConnect(const Flow& flow, const common::v1::Envelope& envelope) const;
  Result<v1::Account> Connect(const v1::Authorization& flow, const std::string& secret,
                              const common::v1::Envelope& envelope) const;
  void EndFlow(const v1::Authorization& flow, const Result<v1::Account>& outcome,
               const common::v1::Envelope& envelope) const;
  Result<v1::PublisherRecord> Submit(std::string id, std::shared_ptr<const rpc::Message> command,
                                     const common::v1::Envelope& envelope, absl::Time deadline) const;

  rpc::Router& router_;
  ledger::Reader& reader_;
  const platform::Registry& platforms_;
  const CredentialStore& credentials_;
  const vault::Vault& vault_;
  const Clock& clock_;
  const AuthorizationOptions options_;
  const Apps apps_;
};

}  // namespace carillon::publisher
