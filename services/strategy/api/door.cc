#include "services/strategy/api/door.h"

#include <unicode/normalizer2.h>
#include <unicode/ucurr.h>
#include <unicode/unistr.h>

#include "common/base/check.h"
#include "common/base/ids.h"
#include "common/text/utf8.h"

namespace carillon::strategy {
namespace {

// The owner's record of an id of the given type; null if there is none. No owner is asked about what is no such id.
Result<std::shared_ptr<const v1::StrategyRecord>> OwnersRecord(rpc::Router& router,
                                                               std::string_view type,
                                                               const std::string& id,
                                                               absl::Time deadline) {
  if (!IsId(id, type)) return std::shared_ptr<const v1::StrategyRecord>();
  const ledger::Answer answer = router.GetAndWait(id, deadline);
  RETURN_IF_ERROR(answer.status);
  return std::static_pointer_cast<const v1::StrategyRecord>(answer.record);
}

}  // namespace

std::string CleanName(const std::string& name) {
  return text::CollapseSpace(text::NormalizeNfc(name));
}

std::string NameKey(const std::string& name) {
  UErrorCode error = U_ZERO_ERROR;
  const auto* fold = icu::Normalizer2::getNFKCCasefoldInstance(error);
  CARILLON_CHECK(U_SUCCESS(error), "ICU's data is missing: {}", u_errorName(error));
  std::string key;
  fold->normalize(icu::UnicodeString::fromUTF8(name), error).toUTF8String(key);
  return U_SUCCESS(error) ? key : name;
}

Status CheckCurrency(const std::string& currency, absl::Time now) {
  const auto code = icu::UnicodeString::fromUTF8(currency);
  UErrorCode error = U_ZERO_ERROR;
  const UDate today = static_cast<UDate>(absl::ToUnixMillis(now));
  const bool known =
      currency.size() == 3 && code.length() == 3 &&
      ucurr_isAvailable(icu::UnicodeString(code).getTerminatedBuffer(), today, today, &error) != 0;
  if (known && U_SUCCESS(error)) return Ok();
  return Refuse(
      Code::kInvalidArgument, "BAD_MONEY",
      fmt::format("'{}' is not a currency of today; write its ISO 4217 code, like EUR", currency),
      {{"field", "currency"}, {"currency", currency}});
}

Result<v1::Brand> RequireBrand(rpc::Router& router, const std::string& brand_id,
                               const std::string& org_id, absl::Time deadline) {
  ASSIGN_OR_RETURN(const auto record, OwnersRecord(router, "brand", brand_id, deadline));
  if (!record || !record->has_brand() || (!org_id.empty() && record->brand().org_id() != org_id)) {
    return UnknownBrand(brand_id);
  }
  return record->brand();
}

Result<v1::Campaign> RequireCampaign(rpc::Router& router, const std::string& campaign_id,
                                     const std::string& brand_id, absl::Time deadline) {
  ASSIGN_OR_RETURN(const auto record, OwnersRecord(router, "camp", campaign_id, deadline));
  if (!record || !record->has_campaign() ||
      (!brand_id.empty() && record->campaign().brand_id() != brand_id)) {
    return UnknownCampaign(campaign_id);
  }
  return record->campaign();
}

Status UnknownBrand(const std::string& brand) {
  return Refuse(Code::kNotFound, "UNKNOWN_BRAND",
                fmt::format("there is no brand '{}'; see the list of brands", brand),
                {{"brand", brand}});
}

Status UnknownCampaign(const std::string& campaign) {
  return Refuse(Code::kNotFound, "UNKNOWN_CAMPAIGN",
                fmt::format("the brand has no campaign '{}'; see the list of campaigns", campaign),
                {{"campaign", campaign}});
}

}  // namespace carillon::strategy
