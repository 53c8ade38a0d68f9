#include "services/listener/domain/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "common/base/clock.h"
#include "common/base/planted.h"
#include "services/listener/domain/change_set.h"
#include "services/listener/domain/ids.h"
#include "services/listener/domain/listening.h"
#include "services/listener/domain/poll_job.h"
#include "services/listener/domain/sampling.h"
#include "services/listener/domain/taking.h"

namespace carillon::listener {
namespace {

constexpr int kAggregatesMax = 100;
// A token that may not read messages may get the right to, but not soon.
constexpr absl::Duration kMessagesRefusedWait = absl::Hours(1);

Status CheckSize(const v1::PollReport& report) {
  int aggregates = 1 + report.signals_size() + report.context_signals_size() +
                         report.samples_size() + report.gone_remote_ids_size() +
                         report.messages_size();
  for (const v1::SearchRead& read : report.searches()) aggregates += read.found_size();
  if (aggregates <= kAggregatesMax) return Ok();
  return Refuse(Code::kInvalidArgument, "REPORT_TOO_LARGE",
                fmt::format("a poll report of {} would change {} aggregates at once, at most {} "
                            "are allowed; ask for smaller pages",
                            report.account_id(), aggregates, kAggregatesMax));
}

std::string RecentId(const v1::Signal& signal) {
  return fmt::format("{}:{}", KindName(signal.kind()), signal.remote_id());
}

Status TakeSignals(ChangeSet& changes, v1::Collection& collection, const v1::PollReport& report) {
  std::set<std::string> recent(collection.recent_signal_ids().begin(),
                               collection.recent_signal_ids().end());
  for (const v1::Signal& signal : report.signals()) {
    std::string id = RecentId(signal);
    if (!recent.insert(id).second) continue;
    if (IsPlanted(Planted::kSeenOutside) && SeenOutside(collection.account_id() + id)) continue;
    RETURN_IF_ERROR(TakeSignal(changes, collection, signal));
    collection.add_recent_signal_ids(std::move(id));
  }
  const int extra = collection.recent_signal_ids_size() - kRecentSignalsMax;
  if (extra > 0) collection.mutable_recent_signal_ids()->DeleteSubrange(0, extra);
  if (report.signals_read()) collection.set_cursor(report.cursor());
  // Not in the cursor's order, so not among the recent ids: they are known by their inbox items.
  for (const auto* signals : {&report.context_signals(), &report.messages()}) {
    for (const v1::Signal& signal : *signals) {
      if (signal.status_remote_id().empty()) continue;
      RETURN_IF_ERROR(TakeSignal(changes, collection, signal));
    }
  }
  if (report.messages_read()) collection.set_message_cursor(report.message_cursor());
  return Ok();
}

Status TakeSamples(ChangeSet& changes, v1::Collection& collection, const v1::PollReport& report,
                   const DomainOptions& options) {
  const absl::Time sampled_at = FromProto(report.polled_at());
  for (const v1::PostSample& sample : report.samples()) {
    RETURN_IF_ERROR(TakeSample(changes, collection, sample, sampled_at, options));
  }
  for (const std::string& remote_id : report.gone_remote_ids()) {
    RETURN_IF_ERROR(TakeGone(changes, collection, remote_id));
  }
  for (const v1::ContextRead& read : report.contexts()) {
    RETURN_IF_ERROR(TakeContextRead(changes, collection, read));
  }
  if (report.account_read()) TakeAccount(changes, collection, report, sampled_at);
  if (report.history_read()) {
    collection.set_history_posts(collection.history_posts() + report.history_posts());
    collection.set_history_next(report.history_next());
    if (report.history_next().empty() || collection.history_posts() >= kHistoryPostsMax) {
      collection.set_history_done(true);
      collection.clear_history_next();
    }
  }
  return Ok();
}

// When notifications and messages are read again: with each poll, or rarely where a stream brings them.
void ScheduleReading(v1::Collection& collection, const v1::PollReport& report,
                     const DomainOptions& options, absl::Time now) {
  if (report.messages_read() || report.messages_refused()) {
    const absl::Duration wait = report.messages_refused() ? kMessagesRefusedWait
                                : report.messages_more()  ? absl::ZeroDuration()
                                                          : options.message_interval;
    *collection.mutable_next_messages_at() = ToProto(now + wait);
  }
  collection.set_streamed(report.streamed());
  if (report.signals_read()) collection.clear_next_signals_at();
  if (report.signals_read() && report.streamed() && !report.more() && !collection.poll_again()) {
    *collection.mutable_next_signals_at() = ToProto(now + options.streamed_interval);
  }
}

// After a poll that went well.
absl::Time NextGoodPoll(v1::Collection& collection, const std::string& id, const v1::PollReport& report,
                        const DomainOptions& options, absl::Time now) {
  if (report.more() || (report.history_read() && !collection.history_done())) return now;
  absl::Time next = NextPoll(options, id, collection.poll_number(), 0, now);
  if (const auto search = NextSearch(collection)) next = std::min(next, *search);
  if (collection.has_next_messages_at()) next = std::min(next, FromProto(collection.next_messages_at()));
  if (collection.poll_again()) next = std::min(next, now + options.reaction_delay);
  return std::max(next, now);
}

void ScheduleNext(v1::Collection& collection, const std::string& id, const v1::PollReport& report,
                  const DomainOptions& options, absl::Time now) {
  collection.clear_polling_since();
  if (report.busy()) {
    *collection.mutable_next_poll_at() =
        ToProto(NextPoll(options, id, collection.poll_number(), 0, now));
    return;
  }
  if (report.error().empty()) {
    collection.set_failures(0);
    collection.clear_last_error();
    *collection.mutable_last_success_at() = report.polled_at();
    ScheduleReading(collection, report, options, now);
    *collection.mutable_next_poll_at() = ToProto(NextGoodPoll(collection, id, report, options, now));
    collection.clear_poll_again();
    return;
  }
  collection.clear_poll_again();
  collection.set_failures(std::min(collection.failures() + 1, 1'000'000));
  collection.set_last_error(report.error());
  absl::Time next = NextPoll(options, id, collection.poll_number(), collection.failures(), now);
  if (report.has_retry_at()) next = std::max(next, FromProto(report.retry_at()));
  *collection.mutable_next_poll_at() = ToProto(next);
}

}  // namespace

Result<ledger::Decision> DecideReport(const v1::PollReport& report, ledger::StateView& states,
                                      const DomainOptions& options, absl::Time now) {
  const std::string id = CollectionId(report.account_id());
  ChangeSet changes(states);
  ASSIGN_OR_RETURN(const auto before, changes.Look(id));
  if (before == nullptr || !before->collection().connected() ||
      !before->collection().has_polling_since() ||
      before->collection().poll_number() != report.poll_number()) {
    return Refuse(Code::kFailedPrecondition, "STALE_POLL",
                  fmt::format("poll {} of {} is not the one under way; its report is dropped",
                              report.poll_number(), report.account_id()));
  }
  RETURN_IF_ERROR(CheckSize(report));
  v1::Collection collection = before->collection();
  if (IsPlanted(Planted::kCursorBeforeEvents) && report.signals_read() &&
      report.cursor() != collection.cursor()) {
    ASSIGN_OR_RETURN(v1::ListenerRecord * record, changes.Change(id, "collection.cursor"));
    record->mutable_collection()->set_cursor(report.cursor());
    return changes.Take();
  }
  RETURN_IF_ERROR(TakeSignals(changes, collection, report));
  RETURN_IF_ERROR(TakeSamples(changes, collection, report, options));
  RETURN_IF_ERROR(TakeSearches(changes, collection, report, options, now));
  ScheduleNext(collection, id, report, options, now);
  const char* what = report.busy()              ? "collection.poll_put_off"
                     : report.error().empty()   ? "collection.polled"
                                                : "collection.poll_failed";
  ASSIGN_OR_RETURN(v1::ListenerRecord * record, changes.Change(id, what));
  *record->mutable_collection() = std::move(collection);
  return changes.Take();
}

}  // namespace carillon::listener
