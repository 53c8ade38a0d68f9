// strategy's gRPC handlers: they clean and complete what is asked, check it at the door, and hand it to the Ledger. Thread-safe.
#pragma once

#include "carillon/strategy/v1/strategy_api.grpc.pb.h"
#include "common/base/clock.h"
#include "common/ledger/reader.h"
#include "common/rpc/router.h"

namespace carillon::strategy {

class StrategyApi : public v1::StrategyService::CallbackService {
 public:
  // What is passed outlives the API.
  StrategyApi(rpc::Router& router, ledger::Reader& reader, const Clock& clock)
      : router_(router), reader_(reader), clock_(clock) {}

  using Reactor = grpc::ServerUnaryReactor;
  using Context = grpc::CallbackServerContext;

  Reactor* CreateOrganization(Context*, const v1::CreateOrganizationRequest*,
                              v1::CreateOrganizationResponse*) override;
  Reactor* GetOrganization(Context*, const v1::GetOrganizationRequest*,
                           v1::GetOrganizationResponse*) override;
  Reactor* CreateBrand(Context*, const v1::CreateBrandRequest*, v1::CreateBrandResponse*) override;
  Reactor* GetBrand(Context*, const v1::GetBrandRequest*, v1::GetBrandResponse*) override;
  Reactor* ListBrands(Context*, const v1::ListBrandsRequest*, v1::ListBrandsResponse*) override;
  Reactor* CreateCampaign(Context*, const v1::CreateCampaignRequest*,
                          v1::CreateCampaignResponse*) override;
  Reactor* GetCampaign(Context*, const v1::GetCampaignRequest*, v1::GetCampaignResponse*) override;
  Reactor* ListCampaigns(Context*, const v1::ListCampaignsRequest*,
                         v1::ListCampaignsResponse*) override;
  Reactor* SetGoal(Context*, const v1::SetGoalRequest*, v1::SetGoalResponse*) override;
  Reactor* ListGoals(Context*, const v1::ListGoalsRequest*, v1::ListGoalsResponse*) override;
  Reactor* CreateAudience(Context*, const v1::CreateAudienceRequest*,
                          v1::CreateAudienceResponse*) override;
  Reactor* ListAudiences(Context*, const v1::ListAudiencesRequest*,
                         v1::ListAudiencesResponse*) override;

 private:
  void FindBrandByName(rpc::Call& call, const v1::GetBrandRequest& request,
                       v1::GetBrandResponse* response);
  void FindCampaignByName(rpc::Call& call, const v1::GetCampaignRequest& request,
                          v1::GetCampaignResponse* response);

  rpc::Router& router_;
  ledger::Reader& reader_;
  const Clock& clock_;
};

}  // namespace carillon::strategy
