// publisher's gRPC handlers: accounts are checked with the platform at the door, the rest goes straight to the Ledger. Thread-safe.
#pragma once

#include "carillon/publisher/v1/internal.pb.h"
#include "carillon/publisher/v1/publisher_api.grpc.pb.h"
#include "common/ledger/reader.h"
#include "common/media_store/media_store.h"
#include "common/platform/registry.h"
#include "common/rpc/router.h"
#include "services/publisher/client/credential_store.h"
#include "services/publisher/domain/gates.h"
#include "services/publisher/domain/rules.h"

namespace carillon::publisher {

struct ApiOptions {
  bool allow_private_addresses = false;
  absl::Duration platform_timeout = absl::Seconds(8);  // each call to a platform: the two of a connection, the one for a profile
  // What forecasts go by; both outlive the API. Null: the usual rules; an app has one account.
  const Rules* rules = nullptr;
  const GatesProvider* gates = nullptr;
};

class PublisherApi : public v1::PublisherService::CallbackService {
 public:
  // What is passed by reference outlives the API.
  PublisherApi(rpc::Router& router, ledger::Reader& reader, const platform::Registry& platforms,
               CredentialStore& credentials, media_store::MediaStore& media, const Clock& clock, const ApiOptions& options)
      : router_(router),
        reader_(reader),
        platforms_(platforms),
        credentials_(credentials),
        media_(media),
        clock_(clock),
        options_(options) {}

  using Reactor = grpc::ServerUnaryReactor;
  using Context = grpc::CallbackServerContext;

  Reactor* ConnectAccount(Context*, const v1::ConnectAccountRequest*,
                          v1::ConnectAccountResponse*) override;
  Reactor* DisconnectAccount(Context*, const v1::DisconnectAccountRequest*,
                             v1::DisconnectAccountResponse*) override;  // disconnecting.cc
  Reactor* GetAccount(Context*, const v1::GetAccountRequest*, v1::GetAccountResponse*) override;
  Reactor* ListAccounts(Context*, const v1::ListAccountsRequest*, v1::ListAccountsResponse*) override;
  Reactor* GetDelivery(Context*, const v1::GetDeliveryRequest*, v1::GetDeliveryResponse*) override;
  Reactor* ListDeliveries(Context*, const v1::ListDeliveriesRequest*,
                          v1::ListDeliveriesResponse*) override;
  Reactor* ResolveDelivery(Context*, const v1::ResolveDeliveryRequest*,
                           v1::ResolveDeliveryResponse*) override;
  Reactor* ListMediaUploads(Context*, const v1::ListMediaUploadsRequest*,
                            v1::ListMediaUploadsResponse*) override;
  Reactor* ListPlatforms(Context*, const v1::ListPlatformsRequest*,
                         v1::ListPlatformsResponse*) override;
  Reactor* RotateVault(Context*, const v1::RotateVaultRequest*, v1::RotateVaultResponse*) override;
  Reactor* LendAccess(Context*, const v1::LendAccessRequest*, v1::LendAccessResponse*) override;
  Reactor* LendAppAccess(Context*, const v1::LendAppAccessRequest*, v1::LendAppAccessResponse*) override;  // app_lending.cc
  Reactor* ForecastAccount(Context*, const v1::ForecastAccountRequest*, v1::ForecastAccountResponse*) override;
  Reactor* GetAccountHealth(Context*, const v1::GetAccountHealthRequest*, v1::GetAccountHealthResponse*) override;
  Reactor* GetProfile(Context*, const v1::GetProfileRequest*, v1::GetProfileResponse*) override;
  Reactor* SetProfile(Context*, const v1::SetProfileRequest*, v1::SetProfileResponse*) override;

 private:
  struct Revoking;

  // Blocking. OK where at least one was sealed anew, or none had to be.
  Status Rotate(const Context& context, const rpc::Call& call, int count_max, int* resealed);
  // From its owner; blocking. UNKNOWN_ACCOUNT.
  Result<v1::Account> AccountById(const std::string& id, absl::Time deadline);
  // Also NOT_CONNECTED.
  Result<v1::Account> ConnectedAccount(const std::string& id, absl::Time deadline);
  // How to end the account's token at its platform, by an app of ours; blocking.
  Result<Revoking> PrepareRevoking(const v1::Account& account, absl::Time deadline);
  Status Revoke(const Revoking& revoking, absl::Time deadline) const;
  Result<v1::Account> AccountByName(const std::string& name, const std::string& brand_id,
                                    std::vector<ledger::Position> at_least);
  // By id, from its owner, or by name.
  Result<v1::Account> FindAccount(const std::string& account, const std::string& brand_id, const Context& context,
                                  absl::Time deadline);
  Status MakeForecast(const v1::Account& account, int posts, v1::ForecastAccountResponse* out);
  Result<v1::AccountHealth> HealthFor(const v1::Account& account);

  rpc::Router& router_;
  ledger::Reader& reader_;
  const platform::Registry& platforms_;
  CredentialStore& credentials_;
  media_store::MediaStore& media_;
  const Clock& clock_;
  const ApiOptions options_;
};

}  // namespace carillon::publisher
