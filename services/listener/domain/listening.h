// Listening queries: terms whose public posts are looked for with an account. They live in its collection, and what they found comes with the
// polls that asked. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "carillon/listener/v1/internal.pb.h"
#include "carillon/listener/v1/listener_api.pb.h"
#include "common/ledger/decide.h"
#include "services/listener/domain/change_set.h"
#include "services/listener/domain/schedule.h"

namespace carillon::listener {

constexpr int kQueriesMax = 20;  // of one account

// `request.term` is in its normal form (common/platform/keyword.h): the API's work. Refusals: UNKNOWN_ACCOUNT, TOO_MANY_QUERIES.
Result<ledger::Decision> DecideCreateQuery(const v1::CreateQueryRequest& request,
                                           const common::v1::Envelope& envelope,
                                           ledger::StateView& states, absl::Time now);
// Refusals: UNKNOWN_ACCOUNT, UNKNOWN_QUERY.
Result<ledger::Decision> DecideDeleteQuery(const v1::DeleteQueryRequest& request,
                                           ledger::StateView& states);

// Those that are due, the longest first.
std::vector<const v1::ListeningQuery*> DueQueries(const v1::Collection& collection, absl::Time now);
std::optional<absl::Time> NextSearch(const v1::Collection& collection);

// A stream may have missed posts with these terms: they are searched for at once, but for those that wait because a search failed. True: one is.
bool MakeDue(v1::Collection& collection, const google::protobuf::RepeatedPtrField<std::string>& terms, absl::Time now);

// What a poll's searches found, and when each is asked for again.
Status TakeSearches(ChangeSet& changes, v1::Collection& collection, const v1::PollReport& report,
                    const DomainOptions& options, absl::Time now);

}  // namespace carillon::listener
