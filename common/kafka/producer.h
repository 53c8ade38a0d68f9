// One transactional producer: one transaction at a time under one transactional id. Making one fences every earlier producer with
// that id. Used by one thread; every call may block, at most about the transaction timeout.
#pragma once

#include <absl/time/time.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/kafka/group_member.h"
#include "common/kafka/verdict.h"

namespace carillon::kafka {

struct ProducerOptions {
  std::string brokers;
  std::string transactional_id;
  absl::Duration transaction_timeout = absl::Seconds(5);
  // What it will write to. librdkafka 2.0.2 asks for the leaders of a topic that it meets first in a produce() only from a timer, up
  // to 1 s later; these are asked for when the producer is made.
  std::vector<std::string> topics;
  int record_bytes_max = 1'000'000;
};

struct OutRecord {
  std::string topic;
  int partition = 0;
  std::string key;
  std::optional<std::string> value;  // nothing: a tombstone
};

// Where a committed record is.
struct Written {
  int64_t offset = -1;  // -1: the broker did not say; ask the log
  absl::Time append_time;
};

// The consumer offset that goes with a transaction, bound to the group by the member's own identity. Without a member none goes.
struct GroupOffset {
  std::string topic;
  int partition = 0;
  int64_t next_offset = 0;
  GroupIdentityPtr member;
};

struct CommitResult {
  Verdict verdict = Verdict::kOk;
  Status status;                 // why not, when the verdict is not kOk
  bool not_a_member = false;     // the group refused our identity
  bool fenced = false;           // another producer took the transactional id
  std::vector<Written> written;  // one for each record, in order, when kOk
  // The commit is good, but late EndTxn requests of it may still be on their way: replace the producer before the next one.
  bool replace_producer = false;
};

class TransactionalProducer {
 public:
  static Result<std::unique_ptr<TransactionalProducer>> Make(const ProducerOptions& options);
  virtual ~TransactionalProducer() = default;

  // begin, produce all, send the offset (if it has a member), commit. On kAbort the transaction is aborted already and nothing happened.
  virtual CommitResult Commit(const std::vector<OutRecord>& records, const GroupOffset& offset) = 0;
};

}  // namespace carillon::kafka
