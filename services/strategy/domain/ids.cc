#include "services/strategy/domain/ids.h"

#include "common/base/ids.h"

namespace carillon::strategy {

std::string OrganizationId(std::string_view request_id) { return MakeId("org", {"", request_id}); }

std::string LocalOrganizationId() { return OrganizationId("org:local"); }

std::string BrandId(std::string_view org_id, std::string_view request_id) {
  return MakeId("brand", {org_id, request_id}, org_id);
}

std::string BrandClaimId(std::string_view org_id, std::string_view name_key) {
  return MakeId("claim", {"brand", org_id, name_key}, org_id);
}

std::string CampaignId(std::string_view org_id, std::string_view request_id) {
  return MakeId("camp", {org_id, request_id});
}

std::string GoalId(std::string_view brand_id, std::string_view campaign_id, v1::Metric metric) {
  return MakeId("goal", {brand_id, campaign_id, v1::Metric_Name(metric)});
}

std::string AudienceId(std::string_view org_id, std::string_view request_id) {
  return MakeId("aud", {org_id, request_id});
}

}  // namespace carillon::strategy
