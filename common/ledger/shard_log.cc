#include "common/ledger/shard_log.h"

#include <fmt/format.h>

#include "common/base/check.h"
#include "common/base/ids.h"
#include "common/base/planted.h"
#include "common/ledger/keys.h"
#include "common/ledger/record.h"
#include "common/observe/log.h"

namespace carillon::ledger {
namespace {

constexpr char kMarkerKey[] = "@marker";
constexpr char kBirthKey[] = "@birth";
constexpr auto kRedisTimeout = absl::Milliseconds(2000);
constexpr auto kKafkaTimeout = absl::Seconds(5);
constexpr int kCatchUpTriesMax = 50;
// Half of delete.retention.ms (common/kafka/topics.cc): an older copy may have missed a tombstone.
constexpr int64_t kCopyAgeMaxMs = 84LL * 3600 * 1000;

std::string Endpoint(const Options& options, int shard) {
  return options.redis[static_cast<size_t>(shard) % options.redis.size()];
}

}  // namespace

ShardLog::ShardLog(const ShardContext& context, int shard, const std::atomic<bool>& stopping)
    : context_(context),
      shard_(shard),
      stopping_(stopping),
      ledger_topic_(TopicName(context.options.release, context.domain.RecordPrototype())),
      inbox_topic_(TopicName(context.options.release, context.domain.MessagePrototype())),
      store_(context.environment.dial(Endpoint(context.options, shard), kRedisTimeout),
             ShardPrefix(context.options.release, context.options.service, shard),
             context.domain.IndexVersion()) {}

kafka::OutRecord ShardLog::MarkerRecord(const char* key, v1::Marker marker) const {
  marker.set_owner_address(context_.options.advertise);
  marker.set_instance_id(context_.instance_id);
  std::unique_ptr<Proto> record(context_.domain.RecordPrototype().New());
  *MutableHeaderOf(record.get())->mutable_marker() = std::move(marker);
  return {ledger_topic_, shard_, key, record->SerializeAsString()};
}

kafka::CommitResult ShardLog::Write(const std::vector<kafka::OutRecord>& records,
                                    int64_t inbox_next) {
  kafka::GroupOffset offset{inbox_topic_, shard_, inbox_next, context_.group_identity()};
  if (!offset.member) {
    kafka::CommitResult result;
    result.verdict = kafka::Verdict::kAbort;
    result.not_a_member = true;
    result.status = MakeStatus(Code::kUnavailable, "this process has left the consumer group");
    return result;
  }
  return producer_->Commit(records, offset);
}

Status ShardLog::TakeOver() {
  producer_.reset();
  ASSIGN_OR_RETURN(const std::string policy, store_.EvictionPolicy());
  if (policy != "noeviction") {
    return MakeStatus(Code::kFailedPrecondition,
                      fmt::format("Redis has maxmemory-policy {}: it would lose states silently; "
                                  "set noeviction",
                                  policy));
  }
  inbox_next_ = 0;  // learnt from the copy once it is the log's
  const Options& options = context_.options;
  std::vector<std::string> topics = {ledger_topic_, inbox_topic_};
  for (const Proto* sent : context_.domain.Sends()) topics.push_back(TopicName(options.release, *sent));
  ASSIGN_OR_RETURN(producer_,
                   context_.environment.kafka.MakeProducer(
                       {options.kafka, fmt::format("{}-{}", ledger_topic_, shard_),
                        options.transaction_timeout, std::move(topics)}));
  RETURN_IF_ERROR(WriteMarker(kMarkerKey, {}));
  RETURN_IF_ERROR(LearnBirth());
  if (IsPlanted(Planted::kReloadToToldEnd)) {
    ASSIGN_OR_RETURN(const kafka::Bounds bounds,
                     context_.reader.BoundsOf(ledger_topic_, shard_, kKafkaTimeout));
    head_ = bounds.high - 2;  // the last record before its control record
  }
  RETURN_IF_ERROR(CatchUp());
  return SayDeclared();
}

Status ShardLog::WriteMarker(const char* key, const v1::Marker& marker) {
  const kafka::CommitResult result = Write({MarkerRecord(key, marker)}, inbox_next_);
  if (result.verdict != kafka::Verdict::kOk) {
    producer_.reset();
    if (result.not_a_member) {
      return MakeStatus(Code::kFailedPrecondition, Message(result.status));
    }
    return result.status;
  }
  head_ = result.written.back().offset;
  log_time_ = result.written.back().append_time;
  return head_ < 0 ? MakeStatus(Code::kUnavailable, "the marker's offset is not known") : Ok();
}

// The birth record stands before the first aggregate. Whether there is one can be asked only up to our own marker: the log's told end
// lags, and a first transaction that was aborted leaves a log that is not empty and holds nothing.
Status ShardLog::LearnBirth() {
  ASSIGN_OR_RETURN(const auto cursor,
                   context_.reader.Open(ledger_topic_, shard_, kafka::LogReader::kBeginning));
  const absl::Time give_up = context_.clock.Now() + kKafkaTimeout;
  while (context_.clock.Now() < give_up && !stopping_) {
    ASSIGN_OR_RETURN(const std::optional<kafka::Record> record,
                     cursor->Next(absl::Milliseconds(500)));
    if (!record) continue;
    if (record->key == kMarkerKey) {
      if (record->offset < head_) continue;
      birth_id_ = context_.environment.runtime.UniqueText();
      v1::Marker birth;
      birth.set_birth_id(birth_id_);
      return WriteMarker(kBirthKey, birth);
    }
    v1::AnyRecord any;
    if (record->key != kBirthKey || !record->value || !any.ParseFromString(*record->value)) {
      return MakeStatus(Code::kDataLoss,
                        fmt::format("{}[{}] does not begin with its birth record: the topic was "
                                    "not made by Carillon, or its beginning was lost",
                                    ledger_topic_, shard_));
    }
    birth_id_ = any.header().marker().birth_id();
    return Ok();
  }
  return MakeStatus(Code::kUnavailable,
                    fmt::format("the first record of {}[{}] did not come", ledger_topic_, shard_));
}

kafka::CommitResult ShardLog::Commit(const Batch& batch,
                                     const std::vector<kafka::OutRecord>& dead_letters,
                                     int64_t inbox_next) {
  std::vector<kafka::OutRecord> out;
  out.reserve(batch.records().size() + batch.messages().size() + dead_letters.size());
  for (const LedgerRecord& record : batch.records()) {
    out.push_back({ledger_topic_, shard_, record.id, record.bytes});
  }
  for (const OutMessage& message : batch.messages()) {
    Result<int> partitions = context_.partitions.PartitionsFor(*message.body);
    if (!partitions.ok()) {
      kafka::CommitResult result;
      result.verdict = kafka::Verdict::kAbort;
      result.status = partitions.status();
      return result;
    }
    out.push_back({TopicName(context_.options.release, *message.body),
                   PartitionOf(RootOf(message.to), *partitions),
                   message.key.empty() ? message.to : message.key,
                   message.body->SerializeAsString()});
  }
  out.insert(out.end(), dead_letters.begin(), dead_letters.end());
  kafka::CommitResult result = Write(out, inbox_next);
  if (result.verdict != kafka::Verdict::kOk) return result;
  inbox_next_ = inbox_next;
  if (!batch.records().empty()) {
    const kafka::Written& last = result.written[batch.records().size() - 1];
    if (last.offset < 0 || WentBack(result.written.front())) {
      // The broker did not say where it is, or the log is another than it was: only the log can tell.
      result.verdict = kafka::Verdict::kUncertain;
      return result;
    }
    head_ = last.offset;
    log_time_ = last.append_time;
    inbox_logged_ = HeaderOf(*batch.records().back().record).inbox_next();
  }
  return result;
}

kafka::CommitResult ShardLog::Probe() {
  kafka::CommitResult result = Write({MarkerRecord(kMarkerKey, {})}, inbox_next_);
  if (result.verdict == kafka::Verdict::kOk && WentBack(result.written.back())) {
    result.verdict = kafka::Verdict::kUncertain;
  } else if (result.verdict == kafka::Verdict::kOk && result.written.back().offset >= 0) {
    head_ = result.written.back().offset;
    log_time_ = result.written.back().append_time;
  }
  return result;
}

Result<Applied> ShardLog::ToApplied(const Proto& record, std::string bytes, int64_t offset,
                                    absl::Time time) const {
  const v1::RecordHeader& header = HeaderOf(record);
  Applied applied;
  applied.offset = offset;
  applied.time_ms = absl::ToUnixMillis(time);
  applied.inbox_next = header.has_marker() ? -1 : header.inbox_next();
  if (header.has_marker()) {
    applied.owner = header.marker().owner_address();
    if (header.marker().has_restored_until()) {
      applied.restored_ms = absl::ToUnixMillis(FromProto(header.marker().restored_until()));
    }
    if (header.marker().has_inbox_restart()) {
      applied.inbox_next = header.marker().inbox_restart();
      applied.inbox_restarts = true;
    }
    return applied;
  }
  applied.id = header.aggregate_id();
  applied.bytes = std::move(bytes);
  applied.entries = context_.domain.Indexes(record);
  if (!header.request().key().empty()) {
    applied.request_key = header.request().key();
    applied.request_bytes = header.request().SerializeAsString();
  }
  return applied;
}

Status ShardLog::ApplyCommitted(const Batch& batch, const kafka::CommitResult& result) {
  if (batch.records().empty()) return Ok();
  std::vector<Applied> applied;
  applied.reserve(batch.records().size());
  for (size_t i = 0; i < batch.records().size(); ++i) {
    const LedgerRecord& record = batch.records()[i];
    ASSIGN_OR_RETURN(Applied one, ToApplied(*record.record, record.bytes, result.written[i].offset,
                                            result.written[i].append_time));
    applied.push_back(std::move(one));
  }
  RETURN_IF_ERROR(store_.Apply(birth_id_, applied_, applied, /*loading=*/false));
  applied_ = head_;
  return Ok();
}

// Decides about a copy that is not at the head: `reached` if there is nothing to load.
Status ShardLog::CheckCopy(const StorePosition& position, bool* reached) {
  *reached = false;
  if (!position.present) return Ok();
  const std::vector<std::string> names = context_.domain.IndexNames();
  const bool other_topic = position.birth_id != birth_id_;
  if (!other_topic && position.offset > head_) {
    // Another owner went on, or the log was restored from an older copy. Only the log can say.
    const kafka::CommitResult probe = Probe();
    if (probe.verdict != kafka::Verdict::kOk) {
      producer_.reset();
      return MakeStatus(Code::kFailedPrecondition, Message(probe.status));
    }
  }
  const bool ahead = position.offset > head_;
  // At the head and of another time: what was lost was as long as what has been written since.
  const bool unlike = position.offset == head_ && !IsPlanted(Planted::kReloadToToldEnd) &&
                      position.time_ms != absl::ToUnixMillis(log_time_);
  if (!other_topic && (ahead || unlike)) return SayRestored(position);
  const bool old = absl::ToUnixMillis(log_time_) - position.time_ms > kCopyAgeMaxMs;
  if (other_topic || old) {
    observe::Error("the copy in Redis does not belong to this log; rebuilding it",
                   {{"topic", ledger_topic_},
                    {"shard", std::to_string(shard_)},
                    {"why", old ? "too old" : "another topic"}});
    return store_.Wipe(position, names);
  }
  // Before anything is written: an older binary that loads would leave its own index entries behind a newer one's back.
  if (position.index_version > context_.domain.IndexVersion() && !IsPlanted(Planted::kOldIndexEntries)) {
    return MakeStatus(Code::kFailedPrecondition,
                      "a newer version of this service has served the shard; update this one");
  }
  if (position.offset != head_) return Ok();
  RETURN_IF_ERROR(store_.FinishLoading(birth_id_, head_));
  if (IsPlanted(Planted::kOldIndexEntries)) {
    *reached = true;
    return Ok();
  }
  if (position.index_version != context_.domain.IndexVersion()) {
    RETURN_IF_ERROR(store_.Reindex(
        birth_id_, head_, [this](const std::string& bytes) -> Result<std::vector<IndexEntry>> {
          ASSIGN_OR_RETURN(const auto record, Parse(context_.domain.RecordPrototype(), bytes));
          return context_.domain.Indexes(*record);
        }));
  }
  *reached = true;
  return Ok();
}

Status ShardLog::CatchUp() {
  for (int i = 0; i < kCatchUpTriesMax && !stopping_; ++i) {
    ASSIGN_OR_RETURN(StorePosition position, store_.Position());
    bool reached = false;
    Status status = CheckCopy(position, &reached);
    if (status.ok() && reached) {
      inbox_next_ = std::max(inbox_next_, position.inbox_next);
      inbox_logged_ = std::max<int64_t>(0, position.inbox_next);
      restored_until_ = position.restored_ms > 0 ? absl::FromUnixMillis(position.restored_ms)
                                                 : absl::InfinitePast();
      applied_ = head_;
      return Ok();
    }
    if (status.ok()) {
      ASSIGN_OR_RETURN(position, store_.Position());
      status = Load(position);
    }
    if (status.code() == Code::kInternal && i > 0) {
      // A script fails on what is stored there (a key of another type): not ours to keep.
      observe::Error("the copy in Redis is damaged; rebuilding it",
                     {{"topic", ledger_topic_}, {"shard", std::to_string(shard_)},
                      {"why", ToString(status)}});
      status = store_.Wipe(position, context_.domain.IndexNames());
    }
    // ABORTED: somebody else moved or wiped the copy meanwhile; look again. INTERNAL: once more, then wiped.
    if (!status.ok() && status.code() != Code::kAborted && status.code() != Code::kInternal) {
      return status;
    }
  }
  return MakeStatus(Code::kUnavailable,
                    stopping_ ? "stopping" : "the copy in Redis keeps changing under the load");
}

}  // namespace carillon::ledger
