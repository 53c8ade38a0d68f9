// The publisher's API over a real gRPC connection, with the Ledger in memory. Whoever derives adds platforms.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/media_store/folder_store.h"
#include "common/rpc/router.h"
#include "services/publisher/api/publisher_api.h"
#include "tests/support/child_process.h"
#include "tests/unit/publisher/harness.h"

namespace carillon::publisher::testing {

inline constexpr char kOperator[] = "operator-token-0123456789";
inline constexpr char kService[] = "service-token-0123456789";
inline constexpr char kVaultKey[] = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

class ApiFixture : public ::testing::Test {
 protected:
  using Stub = v1::PublisherService::Stub;

  ApiFixture() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&api_);
    server_ = builder.BuildAndStart();
    stub_ = v1::PublisherService::NewStub(server_->InProcessChannel({}));
  }
  ~ApiFixture() override { server_->Shutdown(); }

  template <typename Request, typename Response>
  Result<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                        const Request& request, const char* token = kOperator) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", std::string("Bearer ") + token);
    Response response;
    RETURN_IF_ERROR(rpc::FromGrpc((stub_.get()->*method)(&context, request, &response)));
    return response;
  }
  Result<v1::Account> Connect(const std::string& platform, const std::string& token,
                              const std::string& brand, const std::string& server) {
    v1::ConnectAccountRequest request;
    request.set_request_id(fmt::format("connect-{}", ++requests_));
    request.set_org_id("org_one");
    request.set_brand_id(brand);
    request.set_platform(platform);
    request.set_base_url(server);
    request.set_access_token(token);
    ASSIGN_OR_RETURN(const auto response, Call(&Stub::ConnectAccount, request));
    return response.account();
  }
  Result<v1::Account> Get(const std::string& account, const std::string& brand = "brand_one") {
    v1::GetAccountRequest request;
    request.set_account(account);
    request.set_brand_id(brand);
    ASSIGN_OR_RETURN(const auto response, Call(&Stub::GetAccount, request));
    return response.account();
  }
  Result<v1::LendAccessResponse> Lend(const std::string& account, const char* token = kService) {
    v1::LendAccessRequest request;
    request.set_account_id(account);
    return Call(&Stub::LendAccess, request, token);
  }

  Harness h_;
  vault::Vault vault_ = *vault::Vault::FromText(kVaultKey);
  CredentialStore credentials_{vault_};
  // What the sender pool does in the service: the credential of a commit is known to its process.
  class Effects : public ledger::EffectRunner {
   public:
    explicit Effects(CredentialStore& store) : store_(store) {}
    void Run(std::shared_ptr<const ledger::Effect> effect) override {
      if (auto stored = std::dynamic_pointer_cast<const CredentialStored>(effect)) {
        store_.Put(stored->credential);
      }
      if (auto refresh = std::dynamic_pointer_cast<const RefreshJob>(effect)) refreshes.push_back(refresh);
    }
    std::vector<std::shared_ptr<const RefreshJob>> refreshes;

   private:
    CredentialStore& store_;
  } effects_{credentials_};
  ledger::testing::FakeLedger ledger_{h_.domain, h_.clock, &effects_};
  platform::Registry platforms_;
  std::unique_ptr<auth::Authorizer> authorizer_ = auth::MakeTokenAuthorizer({kOperator, kService});
  std::unique_ptr<rpc::Router> router_ =
      rpc::MakeRouter(ledger_, ledger_, *authorizer_, h_.clock, {});
  carillon::testing::TempDir folder_;
  media_store::FolderStore media_{folder_.path()};
  PublisherApi api_{*router_, ledger_, platforms_, credentials_, media_, h_.clock, {.rules = &h_.rules, .gates = &h_}};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Stub> stub_;
  int requests_ = 0;
};

}  // namespace carillon::publisher::testing
