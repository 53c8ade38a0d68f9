// Which of X's limits a request counts against (docs.x.com/x-api/fundamentals/rate-limits): each endpoint has its own window of 15 minutes, some
// a day's of the account or of the app beside it. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/platform/connector.h"

namespace carillon::x {

std::vector<platform::RateCharge> RateCharges(const platform::Facts& facts, const platform::PublishContent& content,
                                              std::optional<platform::Action> action);

// What headers say of the endpoint's windows, by the names that it has: "post", "post_of_day", "post_of_app".
void NameReadings(const std::vector<platform::RateCharge>& charges, platform::PublishOutcome& out);

}  // namespace carillon::x
