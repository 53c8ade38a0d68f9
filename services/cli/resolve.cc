#include "services/cli/resolve.h"

#include <cstdlib>

#include "common/base/ids.h"

namespace carillon::cli {
namespace {

// What strategy takes for the local organization where a request names none (services/strategy/domain/ids.h).
constexpr char kLocalOrgRequest[] = "org:local";
constexpr char kLocalOrgName[] = "Local organization";

}  // namespace

Result<std::string> OrgId(Session& session) {
  if (!session.globals.org.empty()) return session.globals.org;
  if (const char* org = std::getenv("CARILLON_ORG"); org && *org) return std::string(org);
  const auto found = session.Call(session.strategy(), &Strategy::GetOrganization,
                                  strategy::v1::GetOrganizationRequest());
  if (found.ok()) return session.globals.org = found->organization().id();
  if (ExitCodeOf(found.status()) != ExitCode::kRefused) return found.status();
  strategy::v1::CreateOrganizationRequest request;
  request.set_request_id(kLocalOrgRequest);
  request.set_name(kLocalOrgName);
  ASSIGN_OR_RETURN(const auto made,
                   session.Call(session.strategy(), &Strategy::CreateOrganization, request));
  return session.globals.org = made.organization().id();
}

Result<strategy::v1::Brand> FindBrand(Session& session, const std::string& brand) {
  strategy::v1::GetBrandRequest request;
  request.set_brand(brand);
  if (!IsId(brand, "brand")) {
    ASSIGN_OR_RETURN(*request.mutable_org_id(), OrgId(session));
  }
  ASSIGN_OR_RETURN(const auto response,
                   session.Call(session.strategy(), &Strategy::GetBrand, request));
  return response.brand();
}

Result<std::string> BrandId(Session& session, const std::string& brand) {
  if (brand.empty()) return std::string();
  ASSIGN_OR_RETURN(const auto found, FindBrand(session, brand));
  return found.id();
}

Result<publisher::v1::Account> FindAccount(Session& session, const std::string& account,
                                           const std::string& brand_id) {
  publisher::v1::GetAccountRequest request;
  request.set_account(account);
  request.set_brand_id(brand_id);
  ASSIGN_OR_RETURN(const auto response,
                   session.Call(session.publisher(), &Publisher::GetAccount, request));
  return response.account();
}

Result<std::string> CampaignId(Session& session, const std::string& campaign,
                               const std::string& brand_id) {
  if (campaign.empty() || IsId(campaign, "camp")) return campaign;
  strategy::v1::GetCampaignRequest request;
  request.set_campaign(campaign);
  request.set_brand_id(brand_id);
  ASSIGN_OR_RETURN(const auto response,
                   session.Call(session.strategy(), &Strategy::GetCampaign, request));
  return response.campaign().id();
}

}  // namespace carillon::cli
