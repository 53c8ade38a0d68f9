#include "services/strategy/domain/strategy_domain.h"

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "services/strategy/domain/decide.h"
#include "services/strategy/domain/ids.h"

namespace carillon::strategy {
namespace {

template <typename Body>
const Body* As(const Input& input) {
  return dynamic_cast<const Body*>(input.body.get());
}

void AddList(std::vector<ledger::IndexEntry>& entries, const char* index, std::string_view parent,
             const google::protobuf::Timestamp& created, const std::string& id) {
  entries.push_back({index, ListPrefix(parent) + ledger::TimeKey(FromProto(created)) + "|" + id});
}

// Under its brand and under kAll.
template <typename Aggregate>
void AddLists(std::vector<ledger::IndexEntry>& entries, const char* index,
              const Aggregate& aggregate) {
  AddList(entries, index, aggregate.brand_id(), aggregate.created_at(), aggregate.id());
  AddList(entries, index, "", aggregate.created_at(), aggregate.id());
}

}  // namespace

std::string ListPrefix(std::string_view parent) {
  return std::string(parent.empty() ? std::string_view(kAll) : parent) + "|";
}

std::string CampaignNamePrefix(std::string_view brand_id, std::string_view name) {
  return std::string(brand_id) + "|" + HashText({name}) + "|";
}

const ledger::Proto& StrategyDomain::RecordPrototype() const {
  return v1::StrategyRecord::default_instance();
}

const ledger::Proto& StrategyDomain::MessagePrototype() const {
  return v1::StrategyMessage::default_instance();
}

std::vector<std::string> StrategyDomain::IndexNames() const {
  return {kBrands, kCampaigns, kCampaignNames, kGoals, kAudiences};
}

std::vector<ledger::IndexEntry> StrategyDomain::Indexes(const ledger::Proto& proto) const {
  const auto& record = static_cast<const v1::StrategyRecord&>(proto);
  std::vector<ledger::IndexEntry> entries;
  switch (record.aggregate_case()) {
    case v1::StrategyRecord::kBrand:
      AddList(entries, kBrands, record.brand().org_id(), record.brand().created_at(),
              record.brand().id());
      break;
    case v1::StrategyRecord::kCampaign:
      AddLists(entries, kCampaigns, record.campaign());
      entries.push_back({kCampaignNames, CampaignNamePrefix(record.campaign().brand_id(),
                                                            record.campaign().name()) +
                                             record.campaign().id()});
      break;
    case v1::StrategyRecord::kGoal:
      AddLists(entries, kGoals, record.goal());
      break;
    case v1::StrategyRecord::kAudience:
      AddLists(entries, kAudiences, record.audience());
      break;
    case v1::StrategyRecord::kOrganization:
    case v1::StrategyRecord::kNameClaim:
    case v1::StrategyRecord::AGGREGATE_NOT_SET:
      break;
  }
  return entries;
}

std::vector<std::string> StrategyDomain::Reads(const ledger::Input& input) const {
  if (const auto* brand = As<v1::CreateBrandCommand>(input)) {
    const std::string& org_id = brand->request().org_id();
    return {input.aggregate_id, org_id, BrandClaimId(org_id, brand->name_key())};
  }
  return {input.aggregate_id};
}

Result<ledger::Decision> StrategyDomain::Decide(const ledger::Input& input,
                                                ledger::StateView& states,
                                                const ledger::DecideContext& context) const {
  if (input.kind == Input::Kind::kCommand) {
    if (const auto* body = As<v1::CreateOrganizationRequest>(input)) {
      return DecideOrganization(input, *body, context);
    }
    if (const auto* body = As<v1::CreateBrandCommand>(input)) {
      return DecideBrand(input, *body, states, context);
    }
    if (const auto* body = As<v1::CreateCampaignRequest>(input)) {
      return DecideCampaign(input, *body, context);
    }
    if (const auto* body = As<v1::SetGoalRequest>(input)) {
      return DecideGoal(input, *body, states, context);
    }
    if (const auto* body = As<v1::CreateAudienceRequest>(input)) {
      return DecideAudience(input, *body, context);
    }
  }
  return Refuse(Code::kInvalidArgument, "UNKNOWN_INPUT",
                fmt::format("strategy decides no {}",
                            input.body ? input.body->GetTypeName() : "input without a body"));
}

}  // namespace carillon::strategy
