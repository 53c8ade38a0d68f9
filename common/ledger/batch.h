// One batch of inputs on its way through Decide: known request ids first, then the domain, over an overlay of what the batch has
// decided already. Pure but for what its StateSource reads; the real Ledger, the fake and the simulation all run this code.
// Used by one thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "carillon/ledger/v1/record.pb.h"
#include "common/ledger/decide.h"

namespace carillon::ledger {

constexpr size_t kAggregateBytesMax = 256 * 1024;
constexpr size_t kMessageBytesMax = 900 * 1024;

// What the log said before this batch.
class StateSource {
 public:
  virtual ~StateSource() = default;
  virtual Result<ProtoPtr> Find(std::string_view id) = 0;  // nullptr: never created
  virtual Result<std::optional<v1::Request>> FindRequest(const std::string& key) = 0;
};

// One record to write. `bytes` is the serialized `record`, header filled.
struct LedgerRecord {
  std::string id;
  std::shared_ptr<Proto> record;
  std::string bytes;
};

class Batch : private StateView {
 public:
  Batch(const Domain& domain, StateSource& source, const DecideContext& context,
        int64_t inbox_next = 0)
      : domain_(domain), source_(source), context_(context), inbox_next_(inbox_next) {}

  struct Outcome {
    Status status;
    ProtoPtr record;  // the answering aggregate's state after this input
    bool repeated = false;
    bool changed = false;  // it added records, messages or effects
  };

  // Decides one input, in order. A refusal leaves nothing behind. A status without ErrorInfo means that a state could not be read:
  // the batch has to be given up.
  Outcome Add(const Input& input);

  // From now on records carry this inbox position (the offset behind the message that is added next).
  void set_inbox_next(int64_t inbox_next) { inbox_next_ = inbox_next; }

  const std::vector<LedgerRecord>& records() const { return records_; }
  const std::vector<OutMessage>& messages() const { return messages_; }
  const std::vector<std::shared_ptr<const Effect>>& effects() const { return effects_; }
  bool empty() const { return records_.empty() && messages_.empty() && effects_.empty(); }
  size_t bytes() const { return bytes_; }

 private:
  Result<ProtoPtr> Find(std::string_view id) override;
  Result<std::optional<v1::Request>> FindRequest(const std::string& key);
  // The answer to a request that was decided before; nothing if it is new.
  Result<std::optional<Outcome>> Repeated(const Input& input, const v1::Request& request);
  Status Stage(const Input& input, const v1::Request& request, Decision decision, Outcome* outcome);
  // Whether this can stand in the log: one record that no owner can read, or that lies in another's partition, would stop the shard.
  Status CheckRecord(const Change& change, const std::string& bytes) const;
  Status FillMessage(const Input& input, OutMessage* message) const;

  const Domain& domain_;
  StateSource& source_;
  const DecideContext context_;
  int64_t inbox_next_;
  std::map<std::string, ProtoPtr, std::less<>> overlay_;
  std::map<std::string, v1::Request> requests_;
  std::vector<LedgerRecord> records_;
  std::vector<OutMessage> messages_;
  std::vector<std::shared_ptr<const Effect>> effects_;
  size_t bytes_ = 0;
};

}  // namespace carillon::ledger
