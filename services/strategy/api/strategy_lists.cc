// Finding and listing.
#include "common/base/ids.h"
#include "common/rpc/metadata.h"
#include "services/strategy/api/door.h"
#include "services/strategy/api/strategy_api.h"
#include "services/strategy/domain/ids.h"
#include "services/strategy/domain/strategy_domain.h"

namespace carillon::strategy {
namespace {

const v1::StrategyRecord& Record(const ledger::ProtoPtr& record) {
  return static_cast<const v1::StrategyRecord&>(*record);
}

// One page of an index, each record handed to `add`.
template <typename Request, typename Response>
Status ListPage(ledger::Reader& reader, const grpc::ServerContextBase& context, const char* index,
                const std::string& parent, const Request& request, Response* response,
                const std::function<void(const v1::StrategyRecord&)>& add) {
  ledger::ListQuery query;
  query.index = index;
  query.prefix = ListPrefix(parent);
  if (request.page_size() != 0) query.page_size = request.page_size();
  query.page_token = request.page_token();
  ASSIGN_OR_RETURN(query.at_least, rpc::AtLeast(context));
  ASSIGN_OR_RETURN(const ledger::Page page, reader.List(query));
  for (const auto& record : page.records) add(Record(record));
  response->set_next_page_token(page.next_page_token);
  return Ok();
}

}  // namespace

StrategyApi::Reactor* StrategyApi::GetBrand(Context* context, const v1::GetBrandRequest* request,
                                            v1::GetBrandResponse* response) {
  return router_.Blocking(context, request, response, [this, request, response](rpc::Call& call) {
    if (Status allowed = call.Authorize("brand.get", request->brand()); !allowed.ok()) {
      return call.Finish(allowed);
    }
    if (!IsId(request->brand(), "brand")) return FindBrandByName(call, *request, response);
    auto brand = RequireBrand(router_, request->brand(), request->org_id(), call.deadline());
    if (!brand.ok()) return call.Finish(brand.status());
    *response->mutable_brand() = std::move(*brand);
    call.Finish(Ok());
  });
}

void StrategyApi::FindBrandByName(rpc::Call& call, const v1::GetBrandRequest& request,
                                  v1::GetBrandResponse* response) {
  const std::string org_id = request.org_id().empty() ? LocalOrganizationId() : request.org_id();
  const std::string key = NameKey(CleanName(request.brand()));
  const ledger::Answer claim = router_.GetAndWait(BrandClaimId(org_id, key), call.deadline());
  if (!claim.status.ok()) return call.Finish(claim.status);
  if (!claim.record) return call.Finish(UnknownBrand(request.brand()));
  auto brand =
      RequireBrand(router_, Record(claim.record).name_claim().holder_id(), org_id, call.deadline());
  if (!brand.ok()) return call.Finish(brand.status());
  *response->mutable_brand() = std::move(*brand);
  call.Finish(Ok());
}

StrategyApi::Reactor* StrategyApi::GetCampaign(Context* context,
                                               const v1::GetCampaignRequest* request,
                                               v1::GetCampaignResponse* response) {
  return router_.Blocking(context, request, response, [this, request, response](rpc::Call& call) {
    if (Status allowed = call.Authorize("campaign.get", request->campaign()); !allowed.ok()) {
      return call.Finish(allowed);
    }
    if (!IsId(request->campaign(), "camp")) return FindCampaignByName(call, *request, response);
    auto campaign =
        RequireCampaign(router_, request->campaign(), request->brand_id(), call.deadline());
    if (!campaign.ok()) return call.Finish(campaign.status());
    *response->mutable_campaign() = std::move(*campaign);
    call.Finish(Ok());
  });
}

// Campaigns of a brand live in many shards, so nobody owns their names: two may bear the same one, and then only the id says which.
void StrategyApi::FindCampaignByName(rpc::Call& call, const v1::GetCampaignRequest& request,
                                     v1::GetCampaignResponse* response) {
  ledger::ListQuery query;
  query.index = kCampaignNames;
  query.prefix = CampaignNamePrefix(request.brand_id(), CleanName(request.campaign()));
  query.page_size = 2;
  auto page = reader_.List(query);
  if (!page.ok()) return call.Finish(page.status());
  if (page->records.empty()) return call.Finish(UnknownCampaign(request.campaign()));
  if (page->records.size() > 1) {
    return call.Finish(
        Refuse(Code::kFailedPrecondition, "AMBIGUOUS_NAME",
               fmt::format("the brand has more than one campaign '{}'; name it by its id",
                           request.campaign()),
               {{"campaign", request.campaign()}}));
  }
  *response->mutable_campaign() = Record(page->records.front()).campaign();
  call.Finish(Ok());
}

StrategyApi::Reactor* StrategyApi::ListBrands(Context* context,
                                              const v1::ListBrandsRequest* request,
                                              v1::ListBrandsResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    const std::string org_id =
        request->org_id().empty() ? LocalOrganizationId() : request->org_id();
    Status status = call.Authorize("brand.list", org_id);
    if (status.ok()) {
      status = ListPage(reader_, *context, kBrands, org_id, *request, response,
                        [&](const auto& record) { *response->add_brands() = record.brand(); });
    }
    call.Finish(status);
  });
}

StrategyApi::Reactor* StrategyApi::ListCampaigns(Context* context,
                                                 const v1::ListCampaignsRequest* request,
                                                 v1::ListCampaignsResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    Status status = call.Authorize("campaign.list", request->brand_id());
    if (status.ok()) {
      status =
          ListPage(reader_, *context, kCampaigns, request->brand_id(), *request, response,
                   [&](const auto& record) { *response->add_campaigns() = record.campaign(); });
    }
    call.Finish(status);
  });
}

StrategyApi::Reactor* StrategyApi::ListGoals(Context* context, const v1::ListGoalsRequest* request,
                                             v1::ListGoalsResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    Status status = call.Authorize("goal.list", request->brand_id());
    if (status.ok()) {
      status = ListPage(reader_, *context, kGoals, request->brand_id(), *request, response,
                        [&](const auto& record) { *response->add_goals() = record.goal(); });
    }
    call.Finish(status);
  });
}

StrategyApi::Reactor* StrategyApi::ListAudiences(Context* context,
                                                 const v1::ListAudiencesRequest* request,
                                                 v1::ListAudiencesResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    Status status = call.Authorize("audience.list", request->brand_id());
    if (status.ok()) {
      status =
          ListPage(reader_, *context, kAudiences, request->brand_id(), *request, response,
                   [&](const auto& record) { *response->add_audiences() = record.audience(); });
    }
    call.Finish(status);
  });
}

}  // namespace carillon::strategy
