// Reaches the owner of a shard: the Ledger here, or over one forward to the process that owns it.
//
// A NOT_OWNER answer, ours or the other's, proves that nothing was logged: the owner is looked up again after a short pause, until
// the deadline, and NOT_OWNER is the answer then. After any other failure of a forwarded command the outcome is unknown
// (UNAVAILABLE or DEADLINE_EXCEEDED without ErrorInfo) and nothing is tried again; a read has no effect and is tried again.
// Thread-safe. Callbacks come exactly once, on any thread; no method blocks but the destructor, which waits for them.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "carillon/rpc/v1/forward_api.grpc.pb.h"
#include "common/base/clock.h"
#include "common/ledger/ledger.h"
#include "common/ledger/reader.h"
#include "common/rpc/pool.h"

namespace carillon::rpc {

class OwnerCalls {
 public:
  OwnerCalls(ledger::Ledger& ledger, ledger::Reader& reader, const Clock& clock,
             std::string service_token);
  ~OwnerCalls();
  OwnerCalls(const OwnerCalls&) = delete;
  OwnerCalls& operator=(const OwnerCalls&) = delete;

  // `given_up` says that nobody waits for the answer any more (the client cancelled); may be null.
  void Submit(ledger::Input input, absl::Time deadline, std::function<bool()> given_up,
              ledger::AnswerCallback done);
  void Get(std::string id, absl::Time deadline, std::function<bool()> given_up,
           ledger::AnswerCallback done);

 private:
  struct Attempt;
  using AttemptPtr = std::shared_ptr<Attempt>;

  void Begin(AttemptPtr attempt);
  void Try(const AttemptPtr& attempt);
  void AskForOwner(const AttemptPtr& attempt);
  void Send(const AttemptPtr& attempt, const std::string& address);
  void Received(const AttemptPtr& attempt, const std::string& address, const grpc::Status& status);
  void Later(const AttemptPtr& attempt, const Status& last);
  void End(const AttemptPtr& attempt, ledger::Answer answer);
  std::shared_ptr<v1::ForwardService::Stub> StubOf(const std::string& address);

  ledger::Ledger& ledger_;
  ledger::Reader& reader_;
  const Clock& clock_;
  const std::string service_token_;  // secret

  std::mutex mutex_;
  std::condition_variable idle_;
  int open_ = 0;
  bool closing_ = false;
  std::map<std::string, std::shared_ptr<v1::ForwardService::Stub>> stubs_;
  Pool lookups_;  // last: its work uses the rest
};

// True for a refusal with the reason NOT_OWNER.
bool IsNotOwner(const Status& status);

}  // namespace carillon::rpc
