// The ids of strategy's aggregates. Organizations, brands and name claims live in the organization's shard.
#pragma once

#include <string>
#include <string_view>

#include "carillon/strategy/v1/strategy.pb.h"

namespace carillon::strategy {

std::string OrganizationId(std::string_view request_id);
// The organization that a request without org_id means: what CreateOrganization(request_id "org:local") makes.
std::string LocalOrganizationId();
std::string BrandId(std::string_view org_id, std::string_view request_id);
// Holds a brand's name within its organization; `name_key` is the name as NameKey() folds it.
std::string BrandClaimId(std::string_view org_id, std::string_view name_key);
std::string CampaignId(std::string_view org_id, std::string_view request_id);
// What is unique is (brand, campaign or "", metric): setting a goal again finds the same one.
std::string GoalId(std::string_view brand_id, std::string_view campaign_id, v1::Metric metric);
std::string AudienceId(std::string_view org_id, std::string_view request_id);

}  // namespace carillon::strategy
