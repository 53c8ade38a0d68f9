#include "services/listener/domain/pushing.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/clock.h"
#include "services/listener/domain/change_set.h"
#include "services/listener/domain/ids.h"
#include "services/listener/domain/listening.h"
#include "services/listener/domain/taking.h"

namespace carillon::listener {
namespace {

constexpr int kPushedMax = 80;

Status CheckSize(const v1::PushReport& report) {
  const int size = report.signals_size() + report.found_size();
  if (size <= kPushedMax) return Ok();
  return Refuse(Code::kInvalidArgument, "REPORT_TOO_LARGE",
                fmt::format("a stream's report of {} has {} parts, at most {} are decided at once",
                            report.account_id(), size, kPushedMax));
}

}  // namespace

void PollBy(v1::Collection& collection, absl::Time at) {
  collection.clear_next_signals_at();
  if (collection.has_polling_since()) collection.set_poll_again(true);
  if (FromProto(collection.next_poll_at()) > at) *collection.mutable_next_poll_at() = ToProto(at);
}

Result<ledger::Decision> DecidePush(const v1::PushReport& report, ledger::StateView& states,
                                    const DomainOptions& options, absl::Time now) {
  const std::string id = CollectionId(report.account_id());
  ChangeSet changes(states);
  ASSIGN_OR_RETURN(const auto before, changes.Look(id));
  if (before == nullptr || !before->collection().connected()) {
    return Refuse(Code::kFailedPrecondition, "NOT_CONNECTED",
                  fmt::format("{} is not connected; what its stream brought is dropped", report.account_id()));
  }
  RETURN_IF_ERROR(CheckSize(report));
  v1::Collection collection = before->collection();
  bool reacted = false;
  for (const v1::Signal& signal : report.signals()) {
    if (Talks(signal.kind())) {
      RETURN_IF_ERROR(TakeSignal(changes, collection, signal));
    } else {
      reacted = true;
    }
  }
  for (const v1::FoundPost& post : report.found()) {
    ASSIGN_OR_RETURN(const bool is_new, TakeFound(changes, collection, post.signal(), post.terms()));
    if (!is_new) continue;
    for (v1::ListeningQuery& query : *collection.mutable_queries()) {
      const auto& terms = post.terms();
      if (std::find(terms.begin(), terms.end(), query.term()) != terms.end()) query.set_found(query.found() + 1);
    }
  }
  if (!report.stream_cursor().empty()) collection.set_stream_cursor(report.stream_cursor());
  const bool searches = MakeDue(collection, report.search_now(), now);
  if (report.poll_now() || searches) {
    PollBy(collection, now);
  } else if (reacted) {
    PollBy(collection, now + options.reaction_delay);
  }
  ASSIGN_OR_RETURN(v1::ListenerRecord * record, changes.Change(id, "collection.pushed"));
  *record->mutable_collection() = std::move(collection);
  return changes.Take();
}

}  // namespace carillon::listener
