#include <fmt/format.h>

#include <map>
#include <mutex>
#include <set>

#include "common/base/ids.h"
#include "common/kafka/topics.h"
#include "common/ledger/ledger.h"
#include "common/ledger/record.h"
#include "common/ledger/shard.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"

namespace carillon::ledger {
namespace {

constexpr auto kTopicsTimeout = absl::Seconds(20);
constexpr auto kExpireEvery = absl::Milliseconds(50);
constexpr auto kLoadStallMax = absl::Seconds(30);
constexpr auto kStandstillMax = absl::Seconds(15);
constexpr auto kOldestDueMax = absl::Seconds(60);
constexpr auto kRejoinAfter = absl::Seconds(5);

class KafkaLedger : public Ledger {
 public:
  KafkaLedger(const Options& options, const Domain& domain, EffectRunner* effects,
              const Clock& clock, const Environment& environment)
      : options_(options),
        domain_(domain),
        effects_(effects),
        clock_(clock),
        environment_(environment),
        changed_(environment.runtime.MakeWakeup()),
        assigned_first_(environment.runtime.MakeWakeup()) {}
  ~KafkaLedger() override { Stop(); }

  Status Start(absl::Duration wait_max) override;
  void Stop() override;
  void Submit(Input input, absl::Time deadline, AnswerCallback done) override;
  void Get(std::string id, absl::Time deadline, AnswerCallback done) override;
  bool Owns(int shard) const override;
  int shards() const override { return options_.shards; }
  Status Serving() const override;
  Status Flowing() const override;

 private:
  Status CheckOptions() const;
  Status Join();
  void OnAssignment(const std::set<int>& partitions, bool lost);
  void Send(PendingPtr pending, std::string_view id);
  void Manage();
  void JoinAnew();
  void AdjustShards();
  void ExpireCommands();
  bool Stopping() const;

  const Options options_;
  const Domain& domain_;
  EffectRunner* const effects_;
  const Clock& clock_;
  const Environment environment_;
  const std::unique_ptr<Wakeup> changed_;         // for the manager
  const std::unique_ptr<Wakeup> assigned_first_;  // for Start
  std::unique_ptr<kafka::LogReader> reader_;
  std::unique_ptr<PartitionDirectory> partitions_;
  std::unique_ptr<ShardContext> context_;

  mutable std::mutex member_mutex_;
  std::shared_ptr<kafka::GroupMember> member_;

  mutable std::mutex mutex_;
  std::set<int> assigned_;
  int64_t assignments_ = 0;
  bool assigned_once_ = false;
  bool leave_asked_ = false;
  bool stopping_ = false;
  bool started_ = false;
  std::map<int, std::shared_ptr<Shard>> shards_;
  std::unique_ptr<Task> manager_;
};

Status KafkaLedger::CheckOptions() const {
  if (options_.redis.empty()) {
    return MakeStatus(Code::kInvalidArgument, "no Redis endpoint is given (--redis)");
  }
  if (options_.shards < 1 || options_.shards > 256) {
    return MakeStatus(Code::kInvalidArgument,
                      fmt::format("--shards is 1 to 256, not {}", options_.shards));
  }
  return Ok();
}

Status KafkaLedger::Start(absl::Duration wait_max) {
  RETURN_IF_ERROR(CheckOptions());
  std::vector<kafka::TopicSpec> topics = {
      kafka::SpecOf(options_.release, domain_.RecordPrototype(), options_.shards),
      kafka::SpecOf(options_.release, domain_.MessagePrototype(), options_.shards),
      kafka::DeadLetterSpec(options_.release, options_.service)};
  for (const Proto* sent : domain_.Sends()) {
    topics.push_back(kafka::SpecOf(options_.release, *sent, options_.shards));
    topics.back().any_partitions = true;
  }
  RETURN_IF_ERROR(environment_.kafka.EnsureTopics(topics, options_.first_start, kTopicsTimeout));
  ASSIGN_OR_RETURN(reader_, environment_.kafka.MakeReader());
  partitions_ = std::make_unique<PartitionDirectory>(options_, *reader_);
  context_ = std::make_unique<ShardContext>(ShardContext{
      options_, domain_, effects_, clock_, environment_, *reader_, *partitions_,
      environment_.runtime.UniqueText(),
      [this]() -> kafka::GroupIdentityPtr {
        std::lock_guard lock(member_mutex_);
        return member_ ? member_->Identity() : nullptr;
      },
      [this](int shard) {
        std::lock_guard lock(mutex_);
        return assigned_.contains(shard);
      },
      [this] {
        std::lock_guard lock(mutex_);
        return assignments_;
      },
      [this] {
        std::lock_guard lock(mutex_);
        leave_asked_ = true;
        changed_->Notify();
      }});
  RETURN_IF_ERROR(Join());
  {
    std::lock_guard lock(mutex_);
    manager_ = environment_.runtime.Start([this] { Manage(); });
    started_ = true;
  }
  assigned_first_->WaitFor(wait_max);
  return Ok();
}

Status KafkaLedger::Join() {
  kafka::GroupOptions group;
  group.group = options_.release + "." + options_.service;
  group.topic = TopicName(options_.release, domain_.MessagePrototype());
  group.client_id = fmt::format("{}-{}", options_.service, context_->instance_id);
  group.session_timeout_ms = static_cast<int>(absl::ToInt64Milliseconds(options_.session_timeout));
  ASSIGN_OR_RETURN(auto member, environment_.kafka.Join(group, [this](const auto& partitions,
                                                                       bool lost) {
    OnAssignment(partitions, lost);
  }));
  std::lock_guard lock(member_mutex_);
  member_ = std::move(member);
  return Ok();
}

void KafkaLedger::OnAssignment(const std::set<int>& partitions, bool lost) {
  std::lock_guard lock(mutex_);
  assigned_ = partitions;
  ++assignments_;
  if (!lost) {
    assigned_once_ = true;
    assigned_first_->Notify();
  }
  for (auto& [index, shard] : shards_) {
    if (!assigned_.contains(index)) shard->RequestStop();
  }
  changed_->Notify();
}

bool KafkaLedger::Stopping() const {
  std::lock_guard lock(mutex_);
  return stopping_;
}

// Starts and stops shards off the member's thread, expires commands, and leaves and rejoins the group when asked.
void KafkaLedger::Manage() {
  while (!Stopping()) {
    changed_->WaitFor(kExpireEvery);
    bool leave = false;
    {
      std::lock_guard lock(mutex_);
      std::swap(leave, leave_asked_);
    }
    if (leave) JoinAnew();
    AdjustShards();
    ExpireCommands();
  }
}

void KafkaLedger::JoinAnew() {
  observe::Error("fenced twice within a minute; leaving the group", {{"service", options_.service}});
  std::shared_ptr<kafka::GroupMember> member;
  {
    std::lock_guard lock(member_mutex_);
    member.swap(member_);
  }
  member.reset();
  OnAssignment({}, /*lost=*/true);
  const absl::Duration until = clock_.BootTime() + kRejoinAfter;
  while (!Stopping() && clock_.BootTime() < until) {
    changed_->WaitFor(until - clock_.BootTime());
    AdjustShards();
  }
  if (Stopping()) return;
  const Status joined = Join();
  if (joined.ok()) return;
  observe::Error("joining again", {{"why", ToString(joined)}});
  std::lock_guard lock(mutex_);
  leave_asked_ = true;
}

void KafkaLedger::AdjustShards() {
  std::map<int, std::shared_ptr<Shard>> ended;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    for (auto it = shards_.begin(); it != shards_.end();) {
      // One that was asked to stop never serves again, even if its shard has come back since.
      if (assigned_.contains(it->first) && !it->second->stopping()) {
        ++it;
        continue;
      }
      it->second->RequestStop();
      ended.insert(std::move(*it));
      it = shards_.erase(it);
    }
    for (const int index : assigned_) {
      if (shards_.contains(index) || ended.contains(index)) continue;
      shards_[index] = std::make_shared<Shard>(*context_, index);
    }
  }
  if (ended.empty()) return;
  for (auto& [index, shard] : ended) shard->Join();
  changed_->Notify();  // those that came back begin anew
}

void KafkaLedger::ExpireCommands() {
  std::vector<std::shared_ptr<Shard>> shards;
  {
    std::lock_guard lock(mutex_);
    for (auto& [index, shard] : shards_) shards.push_back(shard);
  }
  const absl::Time now = clock_.Now();
  for (auto& shard : shards) shard->Expire(now);
}

void KafkaLedger::Stop() {
  std::map<int, std::shared_ptr<Shard>> shards;
  {
    std::lock_guard lock(mutex_);
    if (!started_ || stopping_) return;
    stopping_ = true;
    shards.swap(shards_);
    assigned_.clear();
  }
  changed_->Notify();
  assigned_first_->Notify();
  manager_->Join();
  for (auto& [index, shard] : shards) shard->RequestStop();
  for (auto& [index, shard] : shards) shard->Join();
  shards.clear();
  std::shared_ptr<kafka::GroupMember> member;
  {
    std::lock_guard lock(member_mutex_);
    member.swap(member_);
  }
  member.reset();
}

void KafkaLedger::Send(PendingPtr pending, std::string_view id) {
  const int index = PartitionOf(RootOf(id), options_.shards);
  std::shared_ptr<Shard> shard;
  {
    std::lock_guard lock(mutex_);
    if (const auto it = shards_.find(index); it != shards_.end()) shard = it->second;
  }
  if (shard) return shard->Submit(std::move(pending));
  Answer answer;
  answer.status = Refuse(Code::kUnavailable, "NOT_OWNER",
                         fmt::format("shard {} is not served here: another process has it, or nobody "
                                     "while processes start or Kafka is away; nothing was done, "
                                     "try again",
                                     index),
                         {{"shard", std::to_string(index)}});
  pending->Finish(std::move(answer));
}

void KafkaLedger::Submit(Input input, absl::Time deadline, AnswerCallback done) {
  auto pending = std::make_shared<Pending>();
  pending->input = std::move(input);
  pending->deadline = deadline;
  pending->done = std::move(done);
  const std::string id = pending->input.aggregate_id;
  Send(std::move(pending), id);
}

void KafkaLedger::Get(std::string id, absl::Time deadline, AnswerCallback done) {
  auto pending = std::make_shared<Pending>();
  pending->read_id = id;
  pending->deadline = deadline;
  pending->done = std::move(done);
  Send(std::move(pending), id);
}

bool KafkaLedger::Owns(int shard) const {
  std::lock_guard lock(mutex_);
  const auto it = shards_.find(shard);
  return it != shards_.end() && it->second->serving();
}

Status KafkaLedger::Serving() const {
  std::lock_guard lock(mutex_);
  if (!assigned_once_) return MakeStatus(Code::kUnavailable, "not in the consumer group yet");
  for (const int index : assigned_) {
    const auto it = shards_.find(index);
    if (it == shards_.end()) {
      return MakeStatus(Code::kUnavailable, fmt::format("shard {} is being taken over", index));
    }
    const Shard& shard = *it->second;
    if (shard.serving()) continue;
    if (clock_.BootTime() - shard.progressed_at() > kLoadStallMax) {
      return MakeStatus(Code::kUnavailable, fmt::format("shard {} does not load", index));
    }
    return MakeStatus(Code::kUnavailable, fmt::format("shard {} is loading", index));
  }
  return Ok();
}

Status KafkaLedger::Flowing() const {
  std::lock_guard lock(mutex_);
  for (const auto& [index, shard] : shards_) {
    if (clock_.BootTime() - shard->progressed_at() > kStandstillMax) {
      return MakeStatus(Code::kUnavailable, fmt::format("shard {} stands still", index));
    }
    if (!shard->clock_agrees()) {
      return MakeStatus(Code::kUnavailable,
                        "this machine's clock is more than 2 s from the log's");
    }
    if (shard->oldest_due() < clock_.Now() - kOldestDueMax) {
      return MakeStatus(Code::kUnavailable,
                        fmt::format("shard {} has work that was due at {}", index,
                                    absl::FormatTime(shard->oldest_due(), absl::UTCTimeZone())));
    }
  }
  return Ok();
}

struct RealWorld {
  explicit RealWorld(const std::string& brokers) : kafka(kafka::MakeCluster(brokers)) {}
  const std::unique_ptr<kafka::Cluster> kafka;
  SystemRuntime runtime;
};

// With the world that it lives in, which is made before it and goes after it.
class RealLedger : private RealWorld, public KafkaLedger {
 public:
  RealLedger(const Options& options, const Domain& domain, EffectRunner* effects,
             const Clock& clock)
      : RealWorld(options.kafka),
        KafkaLedger(options, domain, effects, clock, {*kafka, redis::DialTcp, runtime}) {}
};

}  // namespace

std::unique_ptr<Ledger> MakeLedger(const Options& options, const Domain& domain,
                                   EffectRunner* effects, const Clock& clock,
                                   const Environment& environment) {
  return std::make_unique<KafkaLedger>(options, domain, effects, clock, environment);
}

std::unique_ptr<Ledger> MakeLedger(const Options& options, const Domain& domain,
                                   EffectRunner* effects, const Clock& clock) {
  return std::make_unique<RealLedger>(options, domain, effects, clock);
}

}  // namespace carillon::ledger
