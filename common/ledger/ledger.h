// The Ledger: the only way to change an aggregate. One object per service process. The log decides, Redis follows.
//
// It joins the service's consumer group; for each partition it is assigned ("shard") a thread takes over (fences the previous owner
// through the transactional id, writes a marker, brings Redis up to that marker) and then runs the loop: take a batch of commands,
// inbox messages and due ids; read; Decide; commit ONE Kafka transaction; Apply to Redis; answer. Acknowledged means in Kafka.
//
// Answers: OK once the commit is known. A Status with ErrorInfo is a refusal: nothing was logged. Any other error (UNAVAILABLE,
// DEADLINE_EXCEEDED) is an unknown outcome: the same request_id again gets the truth.
// All methods are thread-safe and none blocks, except Start and Stop.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/ledger/decide.h"

namespace carillon::ledger {

struct Position {
  int shard = 0;
  int64_t offset = -1;
};

struct Answer {
  Status status;
  ProtoPtr record;    // the aggregate's record after the command; set when status is OK
  Position position;  // a read that names it sees this command
  bool repeated = false;  // the request_id was known; nothing was decided again
};
using AnswerCallback = std::function<void(Answer)>;

struct Options {
  std::string release = "carillon";
  std::string service;                     // "scheduler"
  std::string kafka;                       // bootstrap servers
  std::vector<std::string> redis;          // host:port; shard i lives on endpoint i mod size
  std::string advertise;                   // this process's gRPC host:port, the owner hint
  int shards = 8;                          // partitions of the ledger topic; fixed for its life
  bool first_start = false;                // creates missing topics; an inbox without a position begins at its start
  int commands_queued_max = 10'000;        // per shard; beyond: RESOURCE_EXHAUSTED
  int batch_inputs_max = 500;
  int due_batch_max = 300;
  // A transaction costs 2-3 ms of CPU, a record next to nothing: a shard's commits begin at least this far apart, further (up to
  // 0.5 s) while each takes long, and what waits meanwhile goes into one. The first after a quiet time does not wait.
  absl::Duration commit_pace = absl::ZeroDuration();
  size_t cache_bytes_max = 16u << 20;      // per shard, states the owner keeps in memory
  // A copy that is so many offsets behind is brought up to date by each aggregate's last record alone (shard_load.cc).
  int64_t fold_load_from = 5'000;
  // How long nobody serves the shards of a process that was killed. The broker's least (group.min.session.timeout.ms).
  absl::Duration session_timeout = absl::Seconds(6);
  absl::Duration transaction_timeout = absl::Seconds(5);
  absl::Duration clock_skew_max = absl::Seconds(2);
  // The operator says that Kafka was put back from an older copy, and Redis is lost too: see DecideContext::restored_until.
  absl::Time restored_until = absl::InfinitePast();
};

class Ledger {
 public:
  virtual ~Ledger() = default;

  // Connects, checks topics and Redis (noeviction), joins the group. Blocks until the first assignment or `wait_max`.
  virtual Status Start(absl::Duration wait_max) = 0;
  // Stops taking, finishes what is taken, leaves the group. Unanswered commands are answered UNAVAILABLE.
  virtual void Stop() = 0;

  // Hands a command to the shard of input.aggregate_id. The callback is called exactly once, on any thread, not later than
  // `deadline` (plus scheduling). NOT_OWNER (a refusal, reason "NOT_OWNER") if the shard is not served here.
  virtual void Submit(Input input, absl::Time deadline, AnswerCallback done) = 0;

  // Reads one aggregate as its owner knows it: what gates an effect, and NOT_FOUND, come from here. Answer.record is null with an
  // OK status if there is no such aggregate.
  virtual void Get(std::string id, absl::Time deadline, AnswerCallback done) = 0;

  virtual bool Owns(int shard) const = 0;
  virtual int shards() const = 0;

  // Health: serving = in the group, every own shard served or loading with progress. Flow = no own shard stands still, oldest due
  // entry is young, clocks agree.
  virtual Status Serving() const = 0;
  virtual Status Flowing() const = 0;
};

// `effects` may be null if the domain has none. Everything passed by reference outlives the Ledger.
std::unique_ptr<Ledger> MakeLedger(const Options& options, const Domain& domain,
                                   EffectRunner* effects, const Clock& clock);
// In another world than Kafka, Redis and threads; see environment.h.
struct Environment;
std::unique_ptr<Ledger> MakeLedger(const Options& options, const Domain& domain,
                                   EffectRunner* effects, const Clock& clock,
                                   const Environment& environment);

}  // namespace carillon::ledger
