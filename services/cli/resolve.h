// From what people type to what the services take: names to ids. Blocking calls; errors of the services pass through.
#pragma once

#include <string>

#include "services/cli/session.h"

namespace carillon::cli {

// The organization: --org, $CARILLON_ORG, or the local one, which is made at its first use and the same ever after.
Result<std::string> OrgId(Session& session);

// A name or an id.
Result<strategy::v1::Brand> FindBrand(Session& session, const std::string& brand);
// "" stays "".
Result<std::string> BrandId(Session& session, const std::string& brand);
// An id or a username; a username may need `brand_id` ("" searches all brands).
Result<publisher::v1::Account> FindAccount(Session& session, const std::string& account,
                                           const std::string& brand_id);
// "" stays "".
Result<std::string> CampaignId(Session& session, const std::string& campaign,
                               const std::string& brand_id);

}  // namespace carillon::cli
