// Checks that need tables or other shards, made before a command goes to its Ledger.
#pragma once

#include <absl/time/time.h>

#include <memory>
#include <string>

#include "carillon/common/v1/money.pb.h"
#include "carillon/strategy/v1/strategy.pb.h"
#include "common/base/status.h"
#include "common/rpc/router.h"

namespace carillon::strategy {

// Names as people mean them: NFC, runs of white space are one space, none at the ends.
std::string CleanName(const std::string& name);
// The name as names are compared: two that look or read alike fold to the same (Unicode NFKC_Casefold, UAX #31 R5).
std::string NameKey(const std::string& name);

// BAD_MONEY unless the currency is one of ISO 4217 today (ICU's list).
Status CheckCurrency(const std::string& currency, absl::Time now);

// Owner reads: they see everything acknowledged before. Blocking; NOT_FOUND UNKNOWN_BRAND / UNKNOWN_CAMPAIGN. An `org_id` (or
// `brand_id`) that is not empty must be the aggregate's, as if it were not there otherwise.
Result<v1::Brand> RequireBrand(rpc::Router& router, const std::string& brand_id,
                               const std::string& org_id, absl::Time deadline);
Result<v1::Campaign> RequireCampaign(rpc::Router& router, const std::string& campaign_id,
                                     const std::string& brand_id, absl::Time deadline);

Status UnknownBrand(const std::string& brand);
Status UnknownCampaign(const std::string& campaign);

}  // namespace carillon::strategy
