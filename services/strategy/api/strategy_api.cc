#include "services/strategy/api/strategy_api.h"

#include "carillon/strategy/v1/command.pb.h"
#include "common/base/ids.h"
#include "common/localtime/local_time.h"
#include "services/strategy/api/door.h"
#include "services/strategy/domain/ids.h"
#include "services/strategy/domain/strategy_domain.h"

namespace carillon::strategy {
namespace {

const v1::StrategyRecord& Record(const ledger::Answer& answer) {
  return static_cast<const v1::StrategyRecord&>(*answer.record);
}

std::string OrgOrLocal(const std::string& org_id) {
  return org_id.empty() ? LocalOrganizationId() : org_id;
}

Status CheckOrganizationId(const std::string& org_id) {
  if (IsId(org_id, "org")) return Ok();
  return Refuse(Code::kNotFound, "UNKNOWN_ORGANIZATION",
                fmt::format("'{}' is not an organization's id", org_id), {{"org_id", org_id}});
}

}  // namespace

StrategyApi::Reactor* StrategyApi::CreateOrganization(Context* context,
                                                      const v1::CreateOrganizationRequest* request,
                                                      v1::CreateOrganizationResponse* response) {
  auto body = std::make_shared<v1::CreateOrganizationRequest>(*request);
  body->set_name(CleanName(request->name()));
  const std::string id = OrganizationId(request->request_id());
  return router_.Command<v1::CreateOrganizationRequest, v1::CreateOrganizationResponse>(
      context, request, response,
      {.action = "organization.create",
       .aggregate_id = id,
       .creates = true,
       .body = std::move(body)},
      [](const ledger::Answer& answer, v1::CreateOrganizationResponse* out) {
        *out->mutable_organization() = Record(answer).organization();
      });
}

StrategyApi::Reactor* StrategyApi::GetOrganization(Context* context,
                                                   const v1::GetOrganizationRequest* request,
                                                   v1::GetOrganizationResponse* response) {
  const std::string id = OrgOrLocal(request->id());
  return router_.Read<v1::GetOrganizationRequest, v1::GetOrganizationResponse>(
      context, request, response, "organization.get", id,
      [id](const ledger::Answer& answer, v1::GetOrganizationResponse* out) -> Status {
        if (!answer.record || !Record(answer).has_organization()) {
          return Refuse(Code::kNotFound, "UNKNOWN_ORGANIZATION",
                        fmt::format("there is no organization '{}'", id), {{"org_id", id}});
        }
        *out->mutable_organization() = Record(answer).organization();
        return Ok();
      });
}

// Finding the zone reads files, so it runs on the pool.
StrategyApi::Reactor* StrategyApi::CreateBrand(Context* context,
                                               const v1::CreateBrandRequest* request,
                                               v1::CreateBrandResponse* response) {
  return router_.Blocking(context, request, response, [request, response](rpc::Call& call) {
    const std::string org_id = OrgOrLocal(request->org_id());
    if (Status known = CheckOrganizationId(org_id); !known.ok()) return call.Finish(known);
    if (auto zone = localtime::FindZone(request->timezone()); !zone.ok()) {
      return call.Finish(zone.status());
    }
    auto body = std::make_shared<v1::CreateBrandCommand>();
    *body->mutable_request() = *request;
    body->mutable_request()->set_org_id(org_id);
    body->mutable_request()->set_name(CleanName(request->name()));
    body->set_name_key(NameKey(body->request().name()));
    const std::string id = BrandId(org_id, request->request_id());
    call.Submit({.action = "brand.create",
                 .resource = org_id,
                 .aggregate_id = id,
                 .org_id = org_id,
                 .brand_id = id,
                 .creates = true,
                 .body = std::move(body)},
                [response](const ledger::Answer& answer) {
                  *response->mutable_brand() = Record(answer).brand();
                });
  });
}

// The plan's aggregates live in shards of their own, so that their brand exists is checked here, with a read of its owner: a brand
// is never deleted, so what is true now is true when the command is decided.
StrategyApi::Reactor* StrategyApi::CreateCampaign(Context* context,
                                                  const v1::CreateCampaignRequest* request,
                                                  v1::CreateCampaignResponse* response) {
  return router_.Blocking(context, request, response, [this, request, response](rpc::Call& call) {
    if (Status allowed = call.Authorize("campaign.create", request->brand_id()); !allowed.ok()) {
      return call.Finish(allowed);
    }
    auto brand = RequireBrand(router_, request->brand_id(), request->org_id(), call.deadline());
    if (!brand.ok()) return call.Finish(brand.status());
    if (request->has_budget()) {
      Status known = CheckCurrency(request->budget().currency(), clock_.Now());
      if (!known.ok()) return call.Finish(known);
    }
    auto body = std::make_shared<v1::CreateCampaignRequest>(*request);
    body->set_org_id(brand->org_id());
    body->set_name(CleanName(request->name()));
    call.Submit({.action = "campaign.create",
                 .resource = brand->id(),
                 .aggregate_id = CampaignId(brand->org_id(), request->request_id()),
                 .org_id = brand->org_id(),
                 .brand_id = brand->id(),
                 .creates = true,
                 .body = std::move(body)},
                [response](const ledger::Answer& answer) {
                  *response->mutable_campaign() = Record(answer).campaign();
                });
  });
}

StrategyApi::Reactor* StrategyApi::SetGoal(Context* context, const v1::SetGoalRequest* request,
                                           v1::SetGoalResponse* response) {
  return router_.Blocking(context, request, response, [this, request, response](rpc::Call& call) {
    if (Status allowed = call.Authorize("goal.set", request->brand_id()); !allowed.ok()) {
      return call.Finish(allowed);
    }
    auto brand = RequireBrand(router_, request->brand_id(), request->org_id(), call.deadline());
    if (!brand.ok()) return call.Finish(brand.status());
    if (!request->campaign_id().empty()) {
      auto campaign =
          RequireCampaign(router_, request->campaign_id(), brand->id(), call.deadline());
      if (!campaign.ok()) return call.Finish(campaign.status());
    }
    auto body = std::make_shared<v1::SetGoalRequest>(*request);
    body->set_org_id(brand->org_id());
    call.Submit({.action = "goal.set",
                 .resource = brand->id(),
                 .aggregate_id = GoalId(brand->id(), request->campaign_id(), request->metric()),
                 .org_id = brand->org_id(),
                 .brand_id = brand->id(),
                 .body = std::move(body)},
                [response](const ledger::Answer& answer) {
                  *response->mutable_goal() = Record(answer).goal();
                });
  });
}

StrategyApi::Reactor* StrategyApi::CreateAudience(Context* context,
                                                  const v1::CreateAudienceRequest* request,
                                                  v1::CreateAudienceResponse* response) {
  return router_.Blocking(context, request, response, [this, request, response](rpc::Call& call) {
    if (Status allowed = call.Authorize("audience.create", request->brand_id()); !allowed.ok()) {
      return call.Finish(allowed);
    }
    auto brand = RequireBrand(router_, request->brand_id(), request->org_id(), call.deadline());
    if (!brand.ok()) return call.Finish(brand.status());
    auto body = std::make_shared<v1::CreateAudienceRequest>(*request);
    body->set_org_id(brand->org_id());
    body->set_name(CleanName(request->name()));
    call.Submit({.action = "audience.create",
                 .resource = brand->id(),
                 .aggregate_id = AudienceId(brand->org_id(), request->request_id()),
                 .org_id = brand->org_id(),
                 .brand_id = brand->id(),
                 .creates = true,
                 .body = std::move(body)},
                [response](const ledger::Answer& answer) {
                  *response->mutable_audience() = Record(answer).audience();
                });
  });
}

}  // namespace carillon::strategy
