// The plan's domain: organizations, brands with unique names, campaigns, goals, audiences. Pure; see README.md for what holds.
//
// Bodies that it decides: CreateOrganizationRequest, CreateBrandCommand, CreateCampaignRequest, SetGoalRequest and
// CreateAudienceRequest. That a brand or campaign of another shard exists is checked at the door, before the command comes here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "carillon/strategy/v1/strategy.pb.h"
#include "common/ledger/decide.h"

namespace carillon::strategy {

// The lists, all in order of creation. Members: "<parent>|<created>|<id>"; the parent of kBrands is the organization, of the others
// the brand, and each of these has a second entry under kAll.
inline constexpr char kBrands[] = "brands";
inline constexpr char kCampaigns[] = "campaigns";
inline constexpr char kGoals[] = "goals";
inline constexpr char kAudiences[] = "audiences";
// "<brand id>|<hash of the name>|<id>".
inline constexpr char kCampaignNames[] = "campaign_names";
inline constexpr char kAll[] = "all";

// What a list over one parent begins with; kAll if `parent` is empty.
std::string ListPrefix(std::string_view parent);
std::string CampaignNamePrefix(std::string_view brand_id, std::string_view name);

class StrategyDomain : public ledger::Domain {
 public:
  const ledger::Proto& RecordPrototype() const override;
  const ledger::Proto& MessagePrototype() const override;
  std::vector<std::string> IndexNames() const override;
  int IndexVersion() const override { return 1; }
  std::vector<ledger::IndexEntry> Indexes(const ledger::Proto& record) const override;
  std::vector<std::string> Reads(const ledger::Input& input) const override;
  Result<ledger::Decision> Decide(const ledger::Input& input, ledger::StateView& states,
                                  const ledger::DecideContext& context) const override;
};

}  // namespace carillon::strategy
