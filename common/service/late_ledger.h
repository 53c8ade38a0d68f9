// A Ledger that is there from the first line of main(), and works once Kafka and Redis do. Until then it refuses everything with
// UNAVAILABLE, reason STARTING (nothing was logged), and is neither serving nor flowing. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "common/ledger/ledger.h"

namespace carillon::service {

class LateLedger : public ledger::Ledger {
 public:
  using Maker = std::function<std::unique_ptr<ledger::Ledger>()>;

  // `make` makes a fresh Ledger for each try to start.
  LateLedger(int shards, Maker make);
  ~LateLedger() override;

  // Tries until a Ledger has started, with pauses of 0.5 to 10 s between; false if Stop() came before. Blocks.
  bool StartForEver();

  Status Start(absl::Duration wait_max) override;  // one try
  void Stop() override;
  void Submit(ledger::Input input, absl::Time deadline, ledger::AnswerCallback done) override;
  void Get(std::string id, absl::Time deadline, ledger::AnswerCallback done) override;
  bool Owns(int shard) const override;
  int shards() const override { return shards_; }
  Status Serving() const override;
  Status Flowing() const override;

 private:
  std::shared_ptr<ledger::Ledger> Real() const;
  Status NotStarted() const;

  const int shards_;
  const Maker make_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  Status last_;  // why the last try failed
  std::shared_ptr<ledger::Ledger> real_;
};

}  // namespace carillon::service
