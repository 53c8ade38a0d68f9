// Posts with a term: GET /2/tweets/search/recent, which reaches back seven days. Each post that is read costs, so each is read once.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/collector.h"
#include "common/platform/facts.h"

namespace carillon::x {

Result<platform::SignalPage> Search(http::HttpClient& client, const Clock& clock,
                                    const platform::Facts& facts,
                                    const platform::CollectorAccess& account, const std::string& term,
                                    const std::string& cursor, int count_max, absl::Duration timeout);

// As X's search and its stream's rules take it: words in their order are quoted.
std::string QueryOfTerm(const std::string& term);

}  // namespace carillon::x
