// --from and --to: RFC 3339, or a day, whose start in the brand's zone (UTC without a brand) is meant.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <string>

#include "common/base/clock.h"
#include "services/cli/resolve.h"
#include "services/cli/time_args.h"

namespace carillon::cli {

struct Period {
  std::string from, to;  // as typed; empty: open
};

// Fills `from` and `to` of a request, and its brand_id and org_id where the brand was named.
template <typename Request>
Status FillPeriod(Session& session, const std::string& brand_name, const Period& period,
                  Request& request) {
  absl::TimeZone zone = absl::UTCTimeZone();
  if (!brand_name.empty()) {
    ASSIGN_OR_RETURN(const auto brand, FindBrand(session, brand_name));
    request.set_brand_id(brand.id());
    request.set_org_id(brand.org_id());
    ASSIGN_OR_RETURN(zone, ParseZone(brand.timezone()));
  } else {
    ASSIGN_OR_RETURN(*request.mutable_org_id(), OrgId(session));
  }
  if (!period.from.empty()) {
    ASSIGN_OR_RETURN(const absl::Time from, ParseInstantOrDay(period.from, zone));
    *request.mutable_from() = ToProto(from);
  }
  if (!period.to.empty()) {
    ASSIGN_OR_RETURN(const absl::Time to, ParseInstantOrDay(period.to, zone));
    *request.mutable_to() = ToProto(to);
  }
  if (!period.from.empty() && !period.to.empty() &&
      FromProto(request.from()) >= FromProto(request.to())) {
    return Local(fmt::format("--from {} is not before --to {}", period.from, period.to));
  }
  return Ok();
}

}  // namespace carillon::cli
