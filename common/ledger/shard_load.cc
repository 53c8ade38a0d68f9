// Bringing the copy in Redis from an earlier position to the head.
//
// A long way is read twice: first the keys alone, to know which record is each aggregate's last, then everything, of which only the
// last ones are written: a post has five versions or more, and writing one into Redis costs ten times what reading it does. What is
// written is what a compacted log would give. On the way the copy is no prefix of the log, so it is marked as loading.
#include <fmt/format.h>

#include "common/base/ids.h"
#include "common/ledger/last_versions.h"
#include "common/ledger/record.h"
#include "common/ledger/shard_log.h"

namespace carillon::ledger {
namespace {

constexpr auto kLoadStallMax = absl::Seconds(30);
constexpr auto kNextWait = absl::Milliseconds(200);
constexpr size_t kLoadRecords = 500;
constexpr size_t kLoadBytes = 2 << 20;
constexpr size_t kLoadBare = 20'000;  // records without a state, which cost next to nothing
// A load begins so many offsets before where the copy is, to see that it is a copy of this log.
constexpr int64_t kLookBack = 3;

}  // namespace

Result<Applied> ShardLog::FromLog(const kafka::Record& record) const {
  if (!record.value) {
    Applied tombstone;
    tombstone.offset = record.offset;
    tombstone.time_ms = absl::ToUnixMillis(record.append_time);
    return tombstone;
  }
  Result<std::shared_ptr<Proto>> parsed = Parse(context_.domain.RecordPrototype(), *record.value);
  if (!parsed.ok()) {
    return Annotate(parsed.status(),
                    fmt::format("{}[{}] offset {}", ledger_topic_, shard_, record.offset));
  }
  if (!HeaderOf(**parsed).has_marker() &&
      PartitionOf(RootOf(record.key), context_.options.shards) != shard_) {
    return MakeStatus(Code::kDataLoss,
                      fmt::format("{}[{}] offset {}: key {} belongs to another partition",
                                  ledger_topic_, shard_, record.offset, record.key));
  }
  return ToApplied(**parsed, *record.value, record.offset, record.append_time);
}

// What is left of a version that a later one replaces: its request_id, and how far the inbox was.
Result<Applied> ShardLog::FromSuperseded(const kafka::Record& record) const {
  ASSIGN_OR_RETURN(const v1::RecordHeader header, ParseHeader(*record.value));
  Applied applied;
  applied.offset = record.offset;
  applied.time_ms = absl::ToUnixMillis(record.append_time);
  applied.inbox_next = header.inbox_next();
  if (!header.request().key().empty()) {
    applied.request_key = header.request().key();
    applied.request_bytes = header.request().SerializeAsString();
  }
  return applied;
}

// The next record behind `after`, up to the head. OUT_OF_RANGE: it is not in the log any more.
Result<kafka::Record> ShardLog::NextToLoad(kafka::Cursor& cursor) const {
  const absl::Time give_up = context_.clock.Now() + kLoadStallMax;
  while (!stopping_ && context_.clock.Now() < give_up) {
    ASSIGN_OR_RETURN(std::optional<kafka::Record> record, cursor.Next(kNextWait));
    if (record) return *std::move(record);
  }
  if (stopping_) return MakeStatus(Code::kUnavailable, "stopping");
  return MakeStatus(Code::kUnavailable,
                    fmt::format("loading {}[{}] made no progress for {}: a transaction may hang "
                                "(kafka-transactions.sh find-hanging)",
                                ledger_topic_, shard_, absl::FormatDuration(kLoadStallMax)));
}

Result<LastVersions> ShardLog::ReadKeys(int64_t from) const {
  LastVersions last;
  ASSIGN_OR_RETURN(const auto cursor, context_.reader.Open(ledger_topic_, shard_, from));
  for (int64_t at = -1; at < head_;) {
    ASSIGN_OR_RETURN(const kafka::Record record, NextToLoad(*cursor));
    at = record.offset;
    // A tombstone changes nothing in Redis; a marker ('@') is no version of the one before it.
    if (record.value && !record.key.starts_with('@')) last.Add(record.key, at);
  }
  return last;
}

Status ShardLog::Load(const StorePosition& position) {
  const int64_t from = position.present ? position.offset : -1;
  if (from >= head_) return Ok();
  const int64_t begin =
      from < 0 ? kafka::LogReader::kBeginning : std::max<int64_t>(0, from - kLookBack);
  const bool folds = head_ - from >= context_.options.fold_load_from;
  Result<LastVersions> last = folds ? ReadKeys(begin) : LastVersions();
  Status status = last.status();
  if (status.ok()) status = LoadVersions(position, begin, *last, folds);
  if (status.code() != Code::kOutOfRange) return status;
  return store_.Wipe(position, context_.domain.IndexNames());
}

Status ShardLog::LoadVersions(const StorePosition& position, int64_t begin,
                              const LastVersions& last, bool folds) {
  const bool loading = folds || !position.present || position.loading;
  ASSIGN_OR_RETURN(const auto cursor, context_.reader.Open(ledger_topic_, shard_, begin));
  int64_t from = position.present ? position.offset : -1;
  std::vector<Applied> chunk;
  size_t bytes = 0, full = 0;
  for (bool at_head = false; !at_head;) {
    ASSIGN_OR_RETURN(const kafka::Record record, NextToLoad(*cursor));
    if (record.offset <= position.offset) {
      if (!Follows(position, record)) return SayRestored(position);
      continue;
    }
    const bool superseded = last.IsSuperseded(record.key, record.offset);
    ASSIGN_OR_RETURN(Applied one, superseded ? FromSuperseded(record) : FromLog(record));
    bytes += one.bytes.size();
    full += one.IsBare() ? 0 : 1;
    chunk.push_back(std::move(one));
    at_head = record.offset >= head_;
    if (at_head || full >= kLoadRecords || bytes >= kLoadBytes || chunk.size() >= kLoadBare) {
      RETURN_IF_ERROR(store_.Apply(birth_id_, from, chunk, loading));
      from = record.offset;
      chunk.clear();
      bytes = full = 0;
    }
  }
  return Ok();
}

}  // namespace carillon::ledger
