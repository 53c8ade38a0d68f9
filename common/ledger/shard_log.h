// One shard's log and its copy in Redis, as the owner works with them: take over, commit, bring the copy up to date.
// Used by the shard's thread; every call blocks on Kafka or Redis, bounded.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "common/kafka/producer.h"
#include "common/ledger/batch.h"
#include "common/ledger/last_versions.h"
#include "common/ledger/shard_context.h"
#include "common/ledger/store.h"

namespace carillon::ledger {

class ShardLog {
 public:
  ShardLog(const ShardContext& context, int shard, const std::atomic<bool>& stopping);

  // Fences every earlier owner, writes the marker, learns the topic's birth id, and brings Redis up to the marker. A log that was put
  // back from an older copy says so from then on: restored_until().
  // FAILED_PRECONDITION: not a member (any more), or Redis evicts. UNAVAILABLE: Kafka or Redis away; try again.
  Status TakeOver();

  // One transaction: the batch's records and messages, dead letters, and the inbox offset. On kOk the head has moved.
  kafka::CommitResult Commit(const Batch& batch, const std::vector<kafka::OutRecord>& dead_letters,
                             int64_t inbox_next);
  // Writes a marker with the producer as it is: proves that this is still the owner and measures the log's clock.
  kafka::CommitResult Probe();

  // Applies what the last Commit wrote. ABORTED or UNAVAILABLE: call CatchUp.
  Status ApplyCommitted(const Batch& batch, const kafka::CommitResult& result);
  // Brings Redis from wherever it is to the head, from the log.
  Status CatchUp();
  // From now on the inbox is read from `next`, which a record of its own says.
  Status NoteInbox(int64_t next);
  // The same, because the inbox was put back from an older copy than this log.
  Status RestartInbox(int64_t next);

  Store& store() { return store_; }
  const std::string& birth_id() const { return birth_id_; }
  int64_t head() const { return head_; }
  int64_t inbox_next() const { return inbox_next_; }
  // As far as records say: a commit of messages alone moves inbox_next() and not this.
  int64_t inbox_logged() const { return inbox_logged_; }
  absl::Time log_time() const { return log_time_; }
  // What this shard decided up to then may be missing from its log; InfinitePast: it was never put back.
  absl::Time restored_until() const { return restored_until_; }
  bool has_producer() const { return producer_ != nullptr; }
  void DropProducer() { producer_.reset(); }
  const std::string& ledger_topic() const { return ledger_topic_; }
  const std::string& inbox_topic() const { return inbox_topic_; }

 private:
  kafka::CommitResult Write(const std::vector<kafka::OutRecord>& records, int64_t inbox_next);
  kafka::OutRecord MarkerRecord(const char* key, v1::Marker marker) const;
  Status WriteMarker(const char* key, const v1::Marker& marker);
  Status LearnBirth();
  // shard_load.cc
  Status Load(const StorePosition& position);
  Status LoadVersions(const StorePosition& position, int64_t begin, const LastVersions& last,
                      bool folds);
  Result<LastVersions> ReadKeys(int64_t from) const;
  Result<kafka::Record> NextToLoad(kafka::Cursor& cursor) const;
  Result<Applied> FromLog(const kafka::Record& record) const;
  Result<Applied> FromSuperseded(const kafka::Record& record) const;
  Status CheckCopy(const StorePosition& position, bool* reached);
  // shard_restore.cc: a log that was put back from an older copy.
  bool WentBack(const kafka::Written& written) const;
  bool Follows(const StorePosition& copy, const kafka::Record& record) const;
  Status SayRestored(const StorePosition& copy);
  Status SayDeclared();
  Result<Applied> ToApplied(const Proto& record, std::string bytes, int64_t offset,
                            absl::Time time) const;

  const ShardContext& context_;
  const int shard_;
  const std::atomic<bool>& stopping_;
  const std::string ledger_topic_;
  const std::string inbox_topic_;
  Store store_;
  std::unique_ptr<kafka::TransactionalProducer> producer_;
  std::string birth_id_;
  int64_t head_ = -1;     // the last record of ours in the log
  int64_t applied_ = -1;  // where the copy in Redis is, as far as we know
  int64_t inbox_next_ = 0;
  int64_t inbox_logged_ = 0;
  absl::Time log_time_;
  absl::Time restored_until_ = absl::InfinitePast();
};

}  // namespace carillon::ledger
