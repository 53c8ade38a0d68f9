#include "tests/simulation/nodes.h"

#include "carillon/scheduler/v1/commands.pb.h"
#include "common/base/ids.h"
#include "common/kafka/topics.h"
#include "services/publisher/domain/effects.h"
#include "services/scheduler/domain/records.h"

namespace carillon::simulation {
namespace {

constexpr absl::Duration kBeatEvery = absl::Seconds(1);
constexpr absl::Duration kReportDeadline = absl::Seconds(10);
constexpr absl::Duration kReportAgain = absl::Milliseconds(500);

ledger::Options OptionsFor(const char* service, int number) {
  ledger::Options options;
  options.release = "sim";
  options.service = service;
  options.redis = {"redis-a", "redis-b"};
  options.advertise = std::to_string(number);
  options.shards = kShards;
  options.first_start = true;
  // Every second process folds as soon as it is a little behind.
  if (number % 2 == 0) options.fold_load_from = 4;
  return options;
}

// The answer of a Ledger, waited for in a fiber.
class Answering {
 public:
  explicit Answering(Process& process) : state_(std::make_shared<State>()) {
    state_->signal = process.MakeWakeup();
  }
  ledger::AnswerCallback Callback() const {
    return [state = state_](ledger::Answer answer) {
      state->answer = std::move(answer);
      state->signal->Notify();
    };
  }
  ledger::Answer Wait() const {
    while (!state_->answer) state_->signal->WaitFor(absl::Seconds(60));
    return *state_->answer;
  }

 private:
  struct State {
    std::unique_ptr<Wakeup> signal;
    std::optional<ledger::Answer> answer;
  };
  std::shared_ptr<State> state_;
};

}  // namespace

void Node::Begin(const char* service, const ledger::Domain& domain, ledger::EffectRunner* effects,
                 std::function<void()> after) {
  ledger_ = ledger::MakeLedger(OptionsFor(service, process.number()), domain, effects,
                               process.clock, process.environment());
  process.world().fibers.Spawn(process.number(), [this, after = std::move(after)] {
    while (!ledger_->Start(absl::Seconds(10)).ok()) process.world().fibers.Wait(absl::Seconds(1));
    after();
  });
}

std::vector<ledger::IndexEntry> SchedulerVersion::Indexes(const ledger::Proto& record) const {
  std::vector<ledger::IndexEntry> entries = SchedulerDomain::Indexes(record);
  if (old_) {
    std::erase_if(entries, [](const auto& entry) { return entry.index == scheduler::kBrandIndex; });
  }
  return entries;
}

SchedulerNode::SchedulerNode(World& world, int number, bool old)
    : Node(world, number, Kind::kScheduler), old(old), domain_(old) {
  Begin("scheduler", domain_, nullptr, [this] { Beat(); });
}

// What flow/beat does on its thread.
void SchedulerNode::Beat() {
  const std::string id(scheduler::kKillRoot);
  while (true) {
    process.world().fibers.Wait(kBeatEvery);
    if (!ledger().Owns(PartitionOf(id, kShards))) continue;
    ledger::Input input;
    input.aggregate_id = id;
    input.body = std::make_shared<scheduler::v1::BeatBoard>();
    Answering answering(process);
    ledger().Submit(std::move(input), process.clock.Now() + absl::Seconds(2), answering.Callback());
    answering.Wait();
  }
}

PublisherNode::PublisherNode(World& world, int number, Platform& platform)
    : Node(world, number, Kind::kPublisher),
      control_(process.clock),
      gates_(control_, *this),
      domain_(rules_, gates_),
      parts_{platforms_, *this, control_, *this, process.clock, media_, rules_.lookup_timeout} {
  gates_.Bind(*this);
  platforms_.Add(std::make_unique<SimConnector>(process, platform));
  Begin("publisher", domain_, this, [this] { FollowControl(); });
}

// What TopicTail does on its thread.
void PublisherNode::FollowControl() {
  World& world = process.world();
  const std::string topic =
      kafka::SpecOf("sim", scheduler::v1::ControlRecord::default_instance(), kShards).name;
  while (world.log.Partitions(topic) == 0) world.fibers.Wait(absl::Seconds(1));
  const auto reader = process.MakeReader();
  const auto cursor = (*reader)->Open(topic, 0, world.log.StableEnd(topic, 0));
  while (true) {
    const auto record = (*cursor)->Next(absl::Seconds(1));
    if (record.ok() && *record && (*record)->value) {
      control_.Take(*(*record)->value, (*record)->append_time);
    }
    process.Effect();
  }
}

// The kernel's timer: fires in a frozen process too.
std::unique_ptr<publisher::DeadlineGuard::Armed> PublisherNode::Arm(absl::Duration boot_deadline) {
  class Timer : public Armed {
   public:
    Timer(std::map<int, absl::Duration>& all, int number) : all_(all), number_(number) {}
    ~Timer() override { all_.erase(number_); }

   private:
    std::map<int, absl::Duration>& all_;
    const int number_;
  };
  const int number = ++armed_;
  deadlines_[number] = boot_deadline;
  World& world = process.world();
  const int dying = process.number();
  // Through the world: this node may be gone by then.
  world.fibers.At(boot_deadline, [&world, dying, number] { world.deadline(dying, number); });
  return std::make_unique<Timer>(deadlines_, number);
}

bool PublisherNode::DeadlineOpen(int number) const { return deadlines_.contains(number); }

void PublisherNode::Run(std::shared_ptr<const ledger::Effect> effect) {
  Fibers& fibers = process.world().fibers;
  if (auto send = std::dynamic_pointer_cast<const publisher::SendJob>(effect)) {
    const absl::Duration deadline =
        process.clock.BootTime() + (send->send_before - process.clock.Now());
    lines_.Begin(send->account.id(), send->account.base_url());
    fibers.Spawn(process.number(), [this, send, deadline] {
      process.Effect();
      auto report = std::make_shared<publisher::v1::PublishReport>(
          publisher::SendOnce(parts_, *send, deadline));
      process.Effect();
      FreeSlot(send->account.base_url());
      if (process.world().Fault(Site::kReportLost, 60)) return;
      Report(send->delivery.id(), std::move(report));
    });
  } else if (auto look = std::dynamic_pointer_cast<const publisher::LookupJob>(effect)) {
    fibers.Spawn(process.number(), [this, look] {
      process.Effect();
      Report(look->delivery.id(), std::make_shared<publisher::v1::LookupReport>(
                                      publisher::LookUpOnce(parts_, *look)));
    });
  }
}

void PublisherNode::FreeSlot(const std::string& server) {
  for (const std::string& account : lines_.End(server, process.clock.BootTime())) {
    auto freed = std::make_shared<publisher::v1::SlotFreed>();
    freed->set_account_id(account);
    process.world().fibers.Spawn(process.number(), [this, account, freed] {
      process.Effect();
      (void)Tell(account, freed);
    });
  }
}

Status PublisherNode::Tell(const std::string& id, ledger::ProtoPtr body) {
  ledger::Input input;
  input.aggregate_id = id;
  input.body = std::move(body);
  Answering answering(process);
  ledger().Submit(std::move(input), process.clock.Now() + kReportDeadline, answering.Callback());
  return answering.Wait().status;
}

// What effects/reporter does with its thread: tells until it is settled.
void PublisherNode::Report(const std::string& delivery_id, ledger::ProtoPtr body) {
  for (int tries = 0; tries < 20; ++tries) {
    const Status status = Tell(delivery_id, body);
    const bool refused = GetErrorInfo(status).has_value() &&
                         (status.code() == Code::kInvalidArgument ||
                          status.code() == Code::kNotFound ||
                          status.code() == Code::kFailedPrecondition ||
                          ReasonOf(status) == "NOT_OWNER");
    if (status.ok() || refused) return;
    process.world().fibers.Wait(kReportAgain);
  }
}

listener::DomainOptions ListenerOptions() {
  listener::DomainOptions options;
  options.poll_interval = absl::Seconds(8);
  options.sample_interval = absl::Seconds(10);
  options.account_interval = absl::Seconds(40);
  return options;
}

ListenerNode::ListenerNode(World& world, int number, const Crowd& crowd)
    : Node(world, number, Kind::kListener),
      domain_(ListenerOptions()),
      access_(process, crowd),
      reader_(ledger::MakeReader(OptionsFor("listener", number), domain_, absl::Seconds(2),
                                 process.environment().dial)),
      polls_({.threads = 2, .queue_max = 4}, platforms_, process.clock, process) {
  platforms_.Add(std::make_unique<SimCollector>(process, crowd));
  Begin("listener", domain_, &polls_, [this] { polls_.Start(); });
  polls_.Bind(ledger(), *reader_, access_);
}

}  // namespace carillon::simulation
