// A scheduler's, a publisher's and a listener's process, made of the product's own parts wherever a part does not own a thread or a socket.
#pragma once

#include <map>
#include <memory>

#include "common/ledger/ledger.h"
#include "common/ledger/reader.h"
#include "common/media_store/folder_store.h"
#include "services/listener/domain/listener_domain.h"
#include "services/listener/poll/poll_pool.h"
#include "services/publisher/client/control_board.h"
#include "services/publisher/domain/publisher_domain.h"
#include "services/publisher/effects/publisher_gates.h"
#include "services/publisher/effects/send_task.h"
#include "services/publisher/effects/slot_lines.h"
#include "services/scheduler/domain/scheduler_domain.h"
#include "tests/simulation/crowd.h"
#include "tests/simulation/platform.h"
#include "tests/simulation/process.h"

namespace carillon::simulation {

inline constexpr int kShards = 4;

enum class Kind { kScheduler, kPublisher, kListener };
inline constexpr Kind kKinds[] = {Kind::kScheduler, Kind::kPublisher, Kind::kListener};

class Node {
 public:
  Node(World& world, int number, Kind kind) : process(world, number), kind(kind) {}
  virtual ~Node() = default;
  ledger::Ledger& ledger() { return *ledger_; }

  Process process;
  const Kind kind;

 protected:
  // Makes the Ledger and starts it in a fiber of the process; then runs `after` there.
  void Begin(const char* service, const ledger::Domain& domain, ledger::EffectRunner* effects,
             std::function<void()> after);
  std::unique_ptr<ledger::Ledger> ledger_;
};

// The scheduler's domain of today, or of a version before one of its indexes.
class SchedulerVersion : public scheduler::SchedulerDomain {
 public:
  explicit SchedulerVersion(bool old) : old_(old) {}
  int IndexVersion() const override { return SchedulerDomain::IndexVersion() + (old_ ? 0 : 1); }
  std::vector<ledger::IndexEntry> Indexes(const ledger::Proto& record) const override;

 private:
  const bool old_;
};

class SchedulerNode : public Node {
 public:
  SchedulerNode(World& world, int number, bool old);
  const bool old;

 private:
  void Beat();
  SchedulerVersion domain_;
};

// So few that posts wait for them.
inline constexpr int kSlots = 3;

class PublisherNode : public Node,
                      public ledger::EffectRunner,
                      private publisher::Credentials,
                      private publisher::SenderSlots,
                      private publisher::DeadlineGuard {
 public:
  PublisherNode(World& world, int number, Platform& platform);
  void Run(std::shared_ptr<const ledger::Effect> effect) override;
  // Is the request that armed this timer still open?
  bool DeadlineOpen(int number) const;

 private:
  bool Has(const std::string&, uint32_t) const override { return true; }
  Result<std::string> Open(const std::string&, uint32_t) const override { return std::string("t"); }
  bool Keep(const std::string& account_id, const std::string& server) override {
    return lines_.Keep(account_id, server, process.clock.BootTime());
  }
  std::unique_ptr<Armed> Arm(absl::Duration boot_deadline) override;
  void FollowControl();
  Status Tell(const std::string& id, ledger::ProtoPtr body);
  void Report(const std::string& delivery_id, ledger::ProtoPtr body);
  // A send at that server has ended: those whose turn it is are told, once.
  void FreeSlot(const std::string& server);

  publisher::Rules rules_;
  publisher::ControlBoard control_;
  publisher::PublisherGates gates_;
  publisher::PublisherDomain domain_;
  platform::Registry platforms_;
  media_store::FolderStore media_{"/nonexistent"};  // no profile is changed
  publisher::SendParts parts_;
  publisher::SlotLines lines_{kSlots, 100};
  int armed_ = 0;
  std::map<int, absl::Duration> deadlines_;
};

// Short intervals, so that much happens within a storm.
listener::DomainOptions ListenerOptions();

class ListenerNode : public Node {
 public:
  ListenerNode(World& world, int number, const Crowd& crowd);

 private:
  const listener::ListenerDomain domain_;
  platform::Registry platforms_;
  SimCollector access_;
  std::unique_ptr<ledger::Reader> reader_;
  listener::PollPool polls_;
};

}  // namespace carillon::simulation
