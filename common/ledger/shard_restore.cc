// Kafka was put back from an older copy: how an owner notices, and what it writes down before it serves.
//
// Redis followed the log that was lost, so it tells: it is ahead of the log, or the record where it stands has another time. What
// was done outside in between can't be taken back, and the log no longer knows of it; the domain hears up to when
// (DecideContext::restored_until) and asks before it does anything again. The record goes into the log before the copy is wiped:
// whoever dies in between leaves what tells.
#include <fmt/format.h>

#include "common/base/clock.h"
#include "common/ledger/shard_log.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"

namespace carillon::ledger {
namespace {

constexpr char kRestoredKey[] = "@restored";
constexpr char kInboxKey[] = "@inbox";

std::string TimeText(absl::Time time) { return absl::FormatTime(time, absl::UTCTimeZone()); }

void CountRestored() {
  static auto& restored = observe::Counter(
      "ledger_restored_total", "Shards whose log or inbox was found to be older than it had been");
  restored.Increment();
}

}  // namespace

// Offsets only rise, while the log is the same.
bool ShardLog::WentBack(const kafka::Written& written) const {
  if (written.offset < 0 || written.offset > head_) return false;
  observe::Error("the log is shorter than it was; taking the shard over anew",
                 {{"topic", ledger_topic_},
                  {"shard", std::to_string(shard_)},
                  {"offset", std::to_string(written.offset)},
                  {"expected_behind", std::to_string(head_)}});
  return true;
}

// Whether a copy that stands at or behind this record may be one of this log. A record that compaction has removed says nothing.
bool ShardLog::Follows(const StorePosition& copy, const kafka::Record& record) const {
  const int64_t time_ms = absl::ToUnixMillis(record.append_time);
  return record.offset == copy.offset ? time_ms == copy.time_ms : time_ms <= copy.time_ms;
}

// Up to now, not up to the copy's position: Redis may have missed the last batches as well, and the idle copy's time is long past.
Status ShardLog::SayRestored(const StorePosition& copy) {
  const kafka::CommitResult probe = Probe();
  if (probe.verdict != kafka::Verdict::kOk) {
    producer_.reset();
    return MakeStatus(Code::kFailedPrecondition, Message(probe.status));
  }
  const absl::Time until = std::max(log_time_ + context_.options.clock_skew_max,
                                    absl::FromUnixMillis(copy.restored_ms));
  observe::Error("the log was put back from an older copy: what it lost is looked up before it is done again",
                 {{"topic", ledger_topic_},
                  {"shard", std::to_string(shard_)},
                  {"copy_offset", std::to_string(copy.offset)},
                  {"copy_time", TimeText(absl::FromUnixMillis(copy.time_ms))},
                  {"head", std::to_string(head_)},
                  {"restored_until", TimeText(until)}});
  CountRestored();
  v1::Marker marker;
  *marker.mutable_restored_until() = ToProto(until);
  RETURN_IF_ERROR(WriteMarker(kRestoredKey, marker));
  return store_.Wipe(copy, context_.domain.IndexNames());
}

// Redis is lost together with the log's end, and only the operator knows.
Status ShardLog::SayDeclared() {
  const absl::Time declared = context_.options.restored_until;
  if (absl::ToUnixMillis(declared) <= absl::ToUnixMillis(restored_until_)) return Ok();
  observe::Error("the operator says that the log was put back from an older copy",
                 {{"topic", ledger_topic_},
                  {"shard", std::to_string(shard_)},
                  {"restored_until", TimeText(declared)}});
  CountRestored();
  v1::Marker marker;
  *marker.mutable_restored_until() = ToProto(declared);
  RETURN_IF_ERROR(WriteMarker(kRestoredKey, marker));
  return CatchUp();
}

Status ShardLog::RestartInbox(int64_t next) {
  observe::Error("the inbox was put back from an older copy: what it lost is sent again or lost",
                 {{"topic", inbox_topic_},
                  {"shard", std::to_string(shard_)},
                  {"expected", std::to_string(inbox_next_)},
                  {"end", std::to_string(next)}});
  CountRestored();
  return NoteInbox(next);
}

Status ShardLog::NoteInbox(int64_t next) {
  v1::Marker marker;
  marker.set_inbox_restart(next);
  RETURN_IF_ERROR(WriteMarker(kInboxKey, marker));
  inbox_next_ = next;
  return CatchUp();
}

}  // namespace carillon::ledger
