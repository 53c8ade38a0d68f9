#include "services/listener/domain/listening.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/clock.h"
#include "services/listener/domain/ids.h"
#include "services/listener/domain/taking.h"

namespace carillon::listener {
namespace {

constexpr absl::Duration kSearchBackoffMax = absl::Hours(1);

v1::ListeningQuery* Find(v1::Collection& collection, const std::string& term) {
  auto& queries = *collection.mutable_queries();
  const auto found = std::find_if(queries.begin(), queries.end(),
                                  [&](const v1::ListeningQuery& one) { return one.term() == term; });
  return found == queries.end() ? nullptr : &*found;
}

Result<v1::Collection> CollectionOf(ChangeSet& changes, const std::string& account_id) {
  ASSIGN_OR_RETURN(const auto before, changes.Look(CollectionId(account_id)));
  if (before != nullptr) return before->collection();
  return Refuse(Code::kNotFound, "UNKNOWN_ACCOUNT",
                fmt::format("nothing is collected for '{}'; connect the account first", account_id),
                {{"account", account_id}});
}

Status TakeOne(ChangeSet& changes, v1::Collection& collection, v1::ListeningQuery& query,
               const v1::SearchRead& read, const DomainOptions& options, absl::Time now) {
  if (!read.error().empty()) {
    query.set_failures(std::min(query.failures() + 1, 1'000'000));
    query.set_last_error(read.error());
    absl::Duration wait = options.search_interval;
    for (int i = 0; i < query.failures() && wait < kSearchBackoffMax; ++i) wait *= 2;
    absl::Time next = now + std::min(wait, std::max(kSearchBackoffMax, options.search_interval));
    if (read.has_retry_at()) next = std::max(next, FromProto(read.retry_at()));
    *query.mutable_next_search_at() = ToProto(next);
    return Ok();
  }
  google::protobuf::RepeatedPtrField<std::string> terms;
  *terms.Add() = query.term();
  for (const v1::Signal& signal : read.found()) {
    ASSIGN_OR_RETURN(const bool is_new, TakeFound(changes, collection, signal, terms));
    if (is_new) query.set_found(query.found() + 1);
  }
  query.set_failures(0);
  query.clear_last_error();
  query.set_cursor(read.cursor());
  *query.mutable_last_search_at() = ToProto(now);
  *query.mutable_next_search_at() = ToProto(read.more() ? now : now + options.search_interval);
  return Ok();
}

}  // namespace

Result<ledger::Decision> DecideCreateQuery(const v1::CreateQueryRequest& request,
                                           const common::v1::Envelope& envelope,
                                           ledger::StateView& states, absl::Time now) {
  ChangeSet changes(states);
  ASSIGN_OR_RETURN(v1::Collection collection, CollectionOf(changes, request.account_id()));
  if (Find(collection, request.term()) == nullptr) {
    if (collection.queries_size() >= kQueriesMax) {
      return Refuse(Code::kFailedPrecondition, "TOO_MANY_QUERIES",
                    fmt::format("'{}' has {} listening queries, as many as it can have; delete one first",
                                request.account_id(), collection.queries_size()),
                    {{"queries_max", std::to_string(kQueriesMax)}});
    }
    v1::ListeningQuery& query = *collection.add_queries();
    query.set_term(request.term());
    query.set_created_by(envelope.actor().id());
    *query.mutable_created_at() = ToProto(now);
    *query.mutable_next_search_at() = ToProto(now);
    if (collection.connected()) {
      if (collection.has_polling_since()) collection.set_poll_again(true);
      if (FromProto(collection.next_poll_at()) > now) *collection.mutable_next_poll_at() = ToProto(now);
    }
  }
  ASSIGN_OR_RETURN(v1::ListenerRecord * record,
                   changes.Change(CollectionId(request.account_id()), "collection.query_created"));
  *record->mutable_collection() = std::move(collection);
  return changes.Take();
}

Result<ledger::Decision> DecideDeleteQuery(const v1::DeleteQueryRequest& request,
                                           ledger::StateView& states) {
  ChangeSet changes(states);
  ASSIGN_OR_RETURN(v1::Collection collection, CollectionOf(changes, request.account_id()));
  auto& queries = *collection.mutable_queries();
  const auto query = std::find_if(queries.begin(), queries.end(), [&](const v1::ListeningQuery& one) {
    return one.term() == request.term();
  });
  if (query == queries.end()) {
    return Refuse(Code::kNotFound, "UNKNOWN_QUERY",
                  fmt::format("'{}' does not listen for '{}'", request.account_id(), request.term()),
                  {{"account", request.account_id()}, {"term", request.term()}});
  }
  queries.erase(query);
  ASSIGN_OR_RETURN(v1::ListenerRecord * record,
                   changes.Change(CollectionId(request.account_id()), "collection.query_deleted"));
  *record->mutable_collection() = std::move(collection);
  return changes.Take();
}

std::vector<const v1::ListeningQuery*> DueQueries(const v1::Collection& collection, absl::Time now) {
  std::vector<const v1::ListeningQuery*> due;
  for (const v1::ListeningQuery& query : collection.queries()) {
    if (FromProto(query.next_search_at()) <= now) due.push_back(&query);
  }
  std::stable_sort(due.begin(), due.end(), [](const auto* a, const auto* b) {
    return FromProto(a->next_search_at()) < FromProto(b->next_search_at());
  });
  return due;
}

std::optional<absl::Time> NextSearch(const v1::Collection& collection) {
  std::optional<absl::Time> next;
  for (const v1::ListeningQuery& query : collection.queries()) {
    const absl::Time at = FromProto(query.next_search_at());
    if (!next || at < *next) next = at;
  }
  return next;
}

bool MakeDue(v1::Collection& collection, const google::protobuf::RepeatedPtrField<std::string>& terms, absl::Time now) {
  bool any = false;
  for (const std::string& term : terms) {
    v1::ListeningQuery* const query = Find(collection, term);
    if (query == nullptr || query->failures() > 0) continue;
    if (FromProto(query->next_search_at()) > now) *query->mutable_next_search_at() = ToProto(now);
    any = true;
  }
  return any;
}

Status TakeSearches(ChangeSet& changes, v1::Collection& collection, const v1::PollReport& report,
                    const DomainOptions& options, absl::Time now) {
  for (const v1::SearchRead& read : report.searches()) {
    // Deleted while it was asked for: what was found is wanted no more.
    v1::ListeningQuery* const query = Find(collection, read.term());
    if (query != nullptr) RETURN_IF_ERROR(TakeOne(changes, collection, *query, read, options, now));
  }
  return Ok();
}

}  // namespace carillon::listener
