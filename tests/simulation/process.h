// One simulated process: its clock, its fibers, and its ports to the world. Killed, it ends between two effects; frozen, it goes on later and
// does not know.
#pragma once

#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/ledger/environment.h"
#include "tests/simulation/world.h"

namespace carillon::simulation {

// Wall time is the log's, off by `skew`; boot time never jumps.
class ProcessClock : public Clock {
 public:
  explicit ProcessClock(const World& world) : world_(world) {}
  absl::Time Now() const override { return world_.log.Now() + skew; }
  absl::Duration BootTime() const override { return world_.fibers.now(); }
  absl::Duration skew;

 private:
  const World& world_;
};

class Process : public Runtime, public kafka::Cluster {
 public:
  Process(World& world, int number) : clock(world), world_(world), number_(number) {}

  // -- Runtime --
  std::unique_ptr<Task> Start(std::function<void()> body) override;
  std::unique_ptr<Wakeup> MakeWakeup() override;
  std::string UniqueText() override;

  // -- kafka::Cluster --
  Result<std::unique_ptr<kafka::TransactionalProducer>> MakeProducer(
      kafka::ProducerOptions options) override;
  Result<std::unique_ptr<kafka::LogReader>> MakeReader() override;
  Result<std::unique_ptr<kafka::GroupMember>> Join(kafka::GroupOptions options,
                                                   kafka::GroupMember::Listener listener) override;
  Status EnsureTopics(const std::vector<kafka::TopicSpec>& specs, bool create_missing,
                      absl::Duration timeout) override;

  ledger::Environment environment();

  // Time passes over an effect, and the process may die before or after it.
  void Effect();
  World& world() { return world_; }
  int number() const { return number_; }
  bool dead = false;

  ProcessClock clock;

 private:
  std::unique_ptr<redis::Connection> Dial(const std::string& endpoint);

  World& world_;
  const int number_;
  int texts_ = 0;
};

}  // namespace carillon::simulation
