// What a service tells the Ledger of its domain: how a command, a message or a due moment changes aggregates. Pure: no Kafka, no
// Redis, no clock; the same input over the same states gives the same decision. Domain code may include this header.
//
// The Ledger calls a Domain from its shards' threads, several at once: implementations hold no mutable state without a lock.
#pragma once

#include <absl/time/time.h>
#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "carillon/common/v1/envelope.pb.h"
#include "common/base/status.h"

namespace carillon::ledger {

using Proto = google::protobuf::Message;
using ProtoPtr = std::shared_ptr<const Proto>;

// One thing to decide.
struct Input {
  enum class Kind {
    kCommand,  // `body` is the request message of an RPC, or an internal command (an effect's outcome)
    kMessage,  // `body` is a whole inbox message of this service (its header included)
    kDue,      // `aggregate_id` has an entry at or before now in the index "due"; no body
  };
  Kind kind = Kind::kCommand;
  // The aggregate that is created or changed first; its root decides the shard.
  std::string aggregate_id;
  ProtoPtr body;
  common::v1::Envelope envelope;
  // Commands only. True: the command may create `aggregate_id`; its request id is then remembered for the aggregate's life.
  bool creates = false;
  // Digest of what the caller sent (DigestOf the RPC's request); empty: of `body`. The same request_id with another is refused.
  std::string request_digest;
};

// The states as they are now: the log's, under the changes that this batch has decided already.
class StateView {
 public:
  virtual ~StateView() = default;
  // The aggregate's latest record (a whole SchedulerRecord, header included); nullptr if it was never created.
  // May read Redis; an error means "not known now" and must be returned from Decide unchanged.
  virtual Result<ProtoPtr> Find(std::string_view id) = 0;
};

// One aggregate's next version. The Ledger fills the header (version, envelope, request); Decide fills the rest of the record.
struct Change {
  std::string aggregate_id;
  std::string what;                // "post.approved"
  std::shared_ptr<Proto> record;   // e.g. a SchedulerRecord with its oneof set
};

// A record for another topic, committed with the changes: a message to an inbox (own or another service's) or a counted event.
// Its topic is the option on the message's type; its partition that of `to`'s root. If field 1 is a MessageHeader the Ledger fills
// message_id, to, from_aggregate and envelope.
struct OutMessage {
  std::string id;  // stable: the same message sent again has the same id
  std::string to;  // an aggregate id; its root decides the partition
  std::string key;  // Kafka key; empty = `to`
  std::string from_aggregate;
  std::shared_ptr<Proto> body;
};

// Something to do outside after the commit is known (never before): handed to the service's EffectRunner on the shard's thread.
struct Effect {
  virtual ~Effect() = default;
};

struct Decision {
  std::vector<Change> changes;       // empty: nothing changes (allowed for messages and dues)
  std::vector<OutMessage> messages;
  std::vector<std::shared_ptr<const Effect>> effects;
  // The aggregate whose state answers the caller; default: the input's.
  std::string answer_id;
};

// An entry of a sorted index: `member` must sort bytewise as wanted and end with "|" + the aggregate's id.
// Index "due" is read by the Ledger itself: its members are DueMember().
struct IndexEntry {
  std::string index;   // one of Domain::IndexNames()
  std::string member;  // "brand_1|00001800000000000|post_9"
};

constexpr size_t kMemberBytesMax = 1024;

// "00001700000000000|<id>": milliseconds since the epoch, zero-padded to 17 digits, so that bytes sort as times do.
std::string TimeKey(absl::Time time);
std::string DueMember(absl::Time at, std::string_view id);
// The id behind the last '|'.
std::string_view IdOfMember(std::string_view member);

struct DecideContext {
  absl::Time now;  // the same for a whole batch
  int shard = 0;
  int shards = 0;  // of the ledger topic; 0: all in one
  // Kafka was put back from an older copy: what this shard decided (and did outside) up to then may be missing from its log.
  absl::Time restored_until = absl::InfinitePast();
};

class Domain {
 public:
  virtual ~Domain() = default;

  // Prototypes of the ledger record and the inbox message; both types carry the topic option.
  virtual const Proto& RecordPrototype() const = 0;
  virtual const Proto& MessagePrototype() const = 0;

  // Prototypes of every type that Decide puts into an OutMessage: their topics are made on a declared first start and have to be
  // there on every other.
  virtual std::vector<const Proto*> Sends() const { return {}; }

  // All indexes that Indexes() may name. `IndexVersion` goes up by one with every change to Indexes(): the indexes of a shard
  // with another version are rebuilt from its states before it serves.
  virtual std::vector<std::string> IndexNames() const = 0;
  virtual int IndexVersion() const = 0;
  virtual std::vector<IndexEntry> Indexes(const Proto& record) const = 0;

  // Ids that Decide will Find, as far as they are known from the input: a batch reads them in one round trip.
  virtual std::vector<std::string> Reads(const Input& input) const { return {input.aggregate_id}; }

  // Called in order within a batch. A refusal (Refuse()) answers the caller and changes nothing; for a message it sends the
  // message to the dead-letter topic; a due id that is refused waits and is tried again.
  virtual Result<Decision> Decide(const Input& input, StateView& states,
                                  const DecideContext& context) const = 0;
};

// Runs effects. Called on the shard's thread after the commit, in order; must not block (hand over to bounded workers).
class EffectRunner {
 public:
  virtual ~EffectRunner() = default;
  virtual void Run(std::shared_ptr<const Effect> effect) = 0;
};

}  // namespace carillon::ledger
