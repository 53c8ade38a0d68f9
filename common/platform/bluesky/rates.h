// Which of a PDS's limits a request counts against: writes to the repository cost points, by the hour and by the day, and each kind of write its
// own number (docs.bsky.app/docs/advanced-guides/rate-limits; packages/pds: putRecord.ts, applyWrites.ts, deleteRecord.ts). Messages cost none. Pure.
#pragma once

#include <optional>
#include <vector>

#include "common/http/client.h"
#include "common/platform/connector.h"

namespace carillon::bluesky {

std::vector<platform::RateCharge> RateCharges(const platform::Facts& facts, const platform::PublishContent& content,
                                              std::optional<platform::Action> action);

// What RateLimit-* say, where RateLimit-Policy is one of these limits: a PDS tells of the tightest of all, which may be the address's.
std::vector<platform::RateReading> ReadRates(const http::HttpResponse& response);

}  // namespace carillon::bluesky
