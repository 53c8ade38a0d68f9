// A Ledger and Reader in memory over one Domain, for tests of services: the real Batch code, no threads, no Kafka, no Redis.
// Submit decides at once and calls back before it returns. Not thread-safe unless it says so: one mutex serialises calls.
//
//   FakeClock clock;  FakeLedger ledger(domain, clock, &effects);
//   auto answer = ledger.Command("acme", "r1", "brand_...", request_proto, /*creates=*/true);
//   for (auto& message : ledger.TakeMessages()) ...      // what it sent
//   ledger.Deliver(scheduler_message);                     // an inbox message
//   ledger.RunDue();                                       // everything due by the clock's now, until nothing changes
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/ledger/batch.h"
#include "common/ledger/ledger.h"
#include "common/ledger/reader.h"

namespace carillon::ledger::testing {

class FakeLedger : public Ledger, public Reader, private StateSource {
 public:
  FakeLedger(const Domain& domain, const Clock& clock, EffectRunner* effects = nullptr,
             int shards = 1)
      : domain_(domain), clock_(clock), effects_(effects), shards_(shards) {}

  // -- driving it --
  Answer Command(const std::string& org_id, const std::string& request_id,
                 const std::string& aggregate_id, const Proto& body, bool creates = false);
  // False if it was refused (a dead letter in the real one); the status is in last_status().
  bool Deliver(const Proto& message);
  // Decides what is due; returns how many ids changed something. At most `rounds_max` rounds.
  int RunDue(int rounds_max = 100);
  std::vector<OutMessage> TakeMessages();
  Status last_status() const { return last_status_; }
  // Every record that was committed, in order.
  const std::vector<ProtoPtr>& log() const { return log_; }
  // Commands are refused with this until it is OK again.
  void FailWith(Status status) { fail_ = std::move(status); }
  void SetOwned(bool owned) { owned_ = owned; }
  // Kafka was put back from an older copy; see DecideContext::restored_until.
  void SetRestoredUntil(absl::Time until) { restored_until_ = until; }
  void SetOwnerAddress(std::string address) { owner_address_ = std::move(address); }

  // -- Ledger --
  Status Start(absl::Duration) override { return Ok(); }
  void Stop() override {}
  void Submit(Input input, absl::Time deadline, AnswerCallback done) override;
  void Get(std::string id, absl::Time deadline, AnswerCallback done) override;
  bool Owns(int) const override { return owned_; }
  int shards() const override { return shards_; }
  Status Serving() const override { return Ok(); }
  Status Flowing() const override { return Ok(); }

  // -- Reader --
  Result<ProtoPtr> Get(std::string_view id) override;
  Result<std::vector<ProtoPtr>> GetMany(const std::vector<std::string>& ids) override;
  Result<Page> List(const ListQuery& query) override;
  Status Each(const ListQuery& query, const std::function<Status(const Proto&)>& take) override;
  Result<int64_t> Count(std::string_view index, std::string_view prefix) override;
  Result<std::string> OwnerAddress(int) override { return owner_address_; }
  Result<std::optional<std::string>> First(std::string_view index) override;

 private:
  Result<ProtoPtr> Find(std::string_view id) override;
  Result<std::optional<v1::Request>> FindRequest(const std::string& key) override;
  Batch::Outcome Decide(const Input& input);
  void Commit(const Batch& batch);

  const Domain& domain_;
  const Clock& clock_;
  EffectRunner* effects_;
  const int shards_;
  absl::Time restored_until_ = absl::InfinitePast();
  bool owned_ = true;
  std::string owner_address_;
  Status fail_;
  Status last_status_;
  mutable std::recursive_mutex mutex_;
  std::map<std::string, ProtoPtr, std::less<>> states_;
  std::map<std::string, std::vector<IndexEntry>> entries_;
  std::map<std::string, std::set<std::string>, std::less<>> indexes_;
  std::map<std::string, v1::Request> requests_;
  std::vector<OutMessage> messages_;
  std::vector<ProtoPtr> log_;
};

}  // namespace carillon::ledger::testing
