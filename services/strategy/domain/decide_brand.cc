#include "common/base/clock.h"
#include "services/strategy/domain/decide.h"
#include "services/strategy/domain/ids.h"
#include "services/strategy/domain/rules.h"

namespace carillon::strategy {

Result<std::shared_ptr<const v1::StrategyRecord>> FindRecord(StateView& states,
                                                             std::string_view id) {
  ASSIGN_OR_RETURN(const ledger::ProtoPtr record, states.Find(id));
  return std::static_pointer_cast<const v1::StrategyRecord>(record);
}

Result<Decision> DecideOrganization(const Input& input,
                                    const v1::CreateOrganizationRequest& request,
                                    const DecideContext& context) {
  RETURN_IF_ERROR(CheckName(request.name()));
  auto record = std::make_shared<v1::StrategyRecord>();
  auto* organization = record->mutable_organization();
  organization->set_id(input.aggregate_id);
  organization->set_name(request.name());
  *organization->mutable_created_at() = ToProto(context.now);
  Decision decision;
  decision.changes.push_back({input.aggregate_id, "organization.created", std::move(record)});
  return decision;
}

// The brand and the claim on its name are two records of one transaction; both live in the organization's shard, so the claim is
// decided by the one owner of all names of the organization.
Result<Decision> DecideBrand(const Input& input, const v1::CreateBrandCommand& command,
                             StateView& states, const DecideContext& context) {
  const auto& request = command.request();
  RETURN_IF_ERROR(CheckName(request.name()));
  ASSIGN_OR_RETURN(const auto organization, FindRecord(states, request.org_id()));
  if (!organization) {
    return Refuse(Code::kNotFound, "UNKNOWN_ORGANIZATION",
                  fmt::format("there is no organization '{}'; create it first", request.org_id()),
                  {{"org_id", request.org_id()}});
  }
  const std::string claim_id = BrandClaimId(request.org_id(), command.name_key());
  ASSIGN_OR_RETURN(const auto claim, FindRecord(states, claim_id));
  if (claim && claim->name_claim().holder_id() != input.aggregate_id) {
    return Refuse(Code::kAlreadyExists, "NAME_TAKEN",
                  fmt::format("the name '{}' is taken by brand {}; choose another one",
                              request.name(), claim->name_claim().holder_id()),
                  {{"name", request.name()}, {"holder_id", claim->name_claim().holder_id()}});
  }
  auto brand_record = std::make_shared<v1::StrategyRecord>();
  auto* brand = brand_record->mutable_brand();
  brand->set_id(input.aggregate_id);
  brand->set_org_id(request.org_id());
  brand->set_name(request.name());
  brand->set_timezone(request.timezone());
  *brand->mutable_created_at() = ToProto(context.now);

  auto claim_record = std::make_shared<v1::StrategyRecord>();
  claim_record->mutable_name_claim()->set_scope("brand");
  claim_record->mutable_name_claim()->set_name(request.name());
  claim_record->mutable_name_claim()->set_holder_id(input.aggregate_id);

  Decision decision;
  decision.changes.push_back({input.aggregate_id, "brand.created", std::move(brand_record)});
  decision.changes.push_back({claim_id, "name.claimed", std::move(claim_record)});
  return decision;
}

}  // namespace carillon::strategy
