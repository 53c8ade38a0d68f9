#include "tests/simulation/process.h"

#include <fmt/format.h>

namespace carillon::simulation {
namespace {

constexpr absl::Duration kEffectTakesMax = absl::Milliseconds(6);
constexpr absl::Duration kRedisTimeout = absl::Seconds(2);

class FiberTask : public Task {
 public:
  FiberTask(Process& process, int fiber) : process_(process), fiber_(fiber) {}
  void Join() override {
    Fibers& fibers = process_.world().fibers;
    while (!fibers.Ended(fiber_) && fibers.inside() && !fibers.killing()) {
      fibers.Wait(absl::Milliseconds(1));
    }
  }

 private:
  Process& process_;
  const int fiber_;
};

class FiberWakeup : public Wakeup {
 public:
  explicit FiberWakeup(Fibers& fibers) : fibers_(fibers) {}
  void Notify() override {
    notified_ = true;
    fibers_.Wake(this);
  }
  bool WaitFor(absl::Duration at_most) override {
    if (notified_) {
      fibers_.Step();
    } else {
      fibers_.WaitFor(this, at_most);
    }
    return std::exchange(notified_, false);
  }

 private:
  Fibers& fibers_;
  bool notified_ = false;
};

class SimProducer : public kafka::TransactionalProducer {
 public:
  SimProducer(Process& process, int64_t number) : process_(process), number_(number) {}
  kafka::CommitResult Commit(const std::vector<kafka::OutRecord>& records,
                             const kafka::GroupOffset& offset) override;

 private:
  static kafka::CommitResult Failed(kafka::Verdict verdict, const char* why) {
    kafka::CommitResult result;
    result.verdict = verdict;
    result.status = MakeStatus(Code::kUnavailable, why);
    return result;
  }
  kafka::CommitResult Fenced() const {
    kafka::CommitResult result = Failed(kafka::Verdict::kRecreate, "fenced");
    result.fenced = true;
    return result;
  }

  Process& process_;
  const int64_t number_;
};

kafka::CommitResult SimProducer::Commit(const std::vector<kafka::OutRecord>& records,
                                        const kafka::GroupOffset& offset) {
  World& world = process_.world();
  Log& log = world.log;
  kafka::CommitResult result;
  process_.Effect();
  if (log.Append(number_, records, &result.written) == Log::Outcome::kFenced) return Fenced();
  process_.Effect();
  if (world.Fault(Site::kCommitNotDone, 150)) {
    log.End(number_, /*commit=*/false);
    return Failed(kafka::Verdict::kAbort, "a request timed out; aborted");
  }
  if (log.CheckMember(offset) == Log::Outcome::kNotAMember) {
    log.End(number_, /*commit=*/false);
    result = Failed(kafka::Verdict::kAbort, "illegal generation");
    result.not_a_member = true;
    return result;
  }
  process_.Effect();
  if (world.Fault(Site::kCommitUncertainNotDone, 150)) {
    return Failed(kafka::Verdict::kUncertain, "the request was lost");
  }
  if (log.End(number_, /*commit=*/true) == Log::Outcome::kFenced) return Fenced();
  if (world.Fault(Site::kCommitUncertainDone, 120)) {
    return Failed(kafka::Verdict::kUncertain, "the answer was lost");
  }
  process_.Effect();
  if (!result.written.empty() && world.Fault(Site::kOffsetUnknown, 200)) {
    for (kafka::Written& written : result.written) written.offset = -1;
  }
  return result;
}

class SimCursor : public kafka::Cursor {
 public:
  SimCursor(Process& process, std::string topic, int partition, int64_t offset,
            std::function<void()> wake)
      : process_(process), topic_(std::move(topic)), partition_(partition), next_(offset) {
    watcher_ = process.world().log.Watch(topic_, partition_, [this, wake = std::move(wake)] {
      process_.world().fibers.Wake(this);
      if (wake) wake();
    });
  }
  ~SimCursor() override { process_.world().log.Unwatch(watcher_); }

  Result<std::optional<kafka::Record>> Next(absl::Duration wait_max) override {
    World& world = process_.world();
    at_end_ = false;
    if (world.Fault(Site::kFetchDelayed, 12)) {
      process_.Effect();
      return std::nullopt;
    }
    for (int i = 0; i < 2; ++i) {
      bool gone = false;
      const Log::Entry* entry = world.log.Read(topic_, partition_, &next_, &gone);
      if (gone) return MakeStatus(Code::kOutOfRange, "the offset is not in the log any more");
      if (entry != nullptr) {
        end_told_ = false;
        ++next_;
        return std::optional<kafka::Record>(
            {partition_, entry->offset, entry->key, entry->value,
             absl::FromUnixMillis(absl::ToUnixMillis(entry->append_time))});
      }
      if (!end_told_) {
        // Said once for each end, as librdkafka's PARTITION_EOF.
        end_told_ = at_end_ = true;
        return std::nullopt;
      }
      if (wait_max <= absl::ZeroDuration() || i == 1) return std::nullopt;
      world.fibers.WaitFor(this, wait_max);
    }
    return std::nullopt;
  }
  bool at_end() const override { return at_end_; }
  int64_t end() const override { return next_; }

 private:
  Process& process_;
  const std::string topic_;
  const int partition_;
  int64_t next_;
  int64_t watcher_ = 0;
  bool at_end_ = false;
  bool end_told_ = false;
};

class SimReader : public kafka::LogReader {
 public:
  explicit SimReader(Process& process) : process_(process) {}
  Result<std::unique_ptr<kafka::Cursor>> Open(const std::string& topic, int partition,
                                              int64_t offset,
                                              std::function<void()> wake) override {
    Log& log = process_.world().log;
    const int64_t from = offset == kBeginning ? log.Low(topic, partition) : offset;
    return std::make_unique<SimCursor>(process_, topic, partition, from, std::move(wake));
  }
  Result<int> PartitionCount(const std::string& topic, absl::Duration) override {
    process_.Effect();
    return process_.world().log.Partitions(topic);
  }
  Result<kafka::Bounds> BoundsOf(const std::string& topic, int partition,
                                 absl::Duration) override {
    process_.Effect();
    Log& log = process_.world().log;
    return kafka::Bounds{log.Low(topic, partition), log.ToldEnd(topic, partition)};
  }

 private:
  Process& process_;
};

class SimMember : public kafka::GroupMember {
 public:
  SimMember(Process& process, std::string group) : process_(process), group_(std::move(group)) {}
  ~SimMember() override {
    if (!process_.dead) process_.world().log.Leave(group_, number);
  }
  kafka::GroupIdentityPtr Identity() const override {
    auto identity = std::make_shared<Log::Identity>();
    identity->group = group_;
    identity->member = number;
    identity->generation = process_.world().log.KnownGeneration(group_, number);
    return identity;
  }
  int64_t number = 0;

 private:
  Process& process_;
  const std::string group_;
};

class SimConnection : public redis::Connection {
 public:
  SimConnection(Process& process, std::string endpoint)
      : process_(process), endpoint_(std::move(endpoint)) {}

  Result<redis::Reply> Command(const redis::Args& args) override {
    return Exchange([&](Redis& redis) { return redis.Execute(args); });
  }
  Result<std::vector<redis::Reply>> Pipeline(const std::vector<redis::Args>& commands) override {
    std::vector<redis::Reply> out;
    for (const redis::Args& args : commands) {
      ASSIGN_OR_RETURN(redis::Reply reply, Command(args));
      out.push_back(std::move(reply));
    }
    return out;
  }
  Result<redis::Reply> Eval(const redis::Script& script, const redis::Args& keys,
                            const redis::Args& arguments) override {
    return Exchange([&](Redis& redis) { return redis.Eval(script.source, keys, arguments); });
  }
  Result<redis::Args> Prepare(const redis::Script& script, const redis::Args& keys,
                              const redis::Args& arguments) override {
    redis::Args args = {"EVAL", script.source, std::to_string(keys.size())};
    args.insert(args.end(), keys.begin(), keys.end());
    args.insert(args.end(), arguments.begin(), arguments.end());
    return args;
  }
  bool connected() const override { return true; }

 private:
  template <typename Do>
  Result<redis::Reply> Exchange(Do execute) {
    World& world = process_.world();
    process_.Effect();
    if (world.RedisAway(endpoint_)) {
      world.fibers.Wait(world.random.Time(absl::ZeroDuration(), kRedisTimeout));
      return MakeStatus(Code::kUnavailable, "Redis is away");
    }
    if (world.Fault(Site::kRedisRequestLost, 300)) {
      world.fibers.Wait(kRedisTimeout);
      return MakeStatus(Code::kUnavailable, "Redis did not answer");
    }
    Result<redis::Reply> reply = execute(world.redis(endpoint_));
    process_.Effect();
    world.MayWipeLoad(endpoint_);
    if (world.Fault(Site::kRedisReplyLost, 300)) {
      world.fibers.Wait(kRedisTimeout);
      return MakeStatus(Code::kUnavailable, "Redis did not answer");
    }
    return reply;
  }

  Process& process_;
  const std::string endpoint_;
};

}  // namespace

void Process::Effect() {
  world_.MayCrash(number_);
  world_.fibers.Wait(world_.random.Time(absl::ZeroDuration(), kEffectTakesMax));
}

std::unique_ptr<Task> Process::Start(std::function<void()> body) {
  return std::make_unique<FiberTask>(*this, world_.fibers.Spawn(number_, std::move(body)));
}

std::unique_ptr<Wakeup> Process::MakeWakeup() {
  return std::make_unique<FiberWakeup>(world_.fibers);
}

std::string Process::UniqueText() { return fmt::format("text-{}-{}", number_, ++texts_); }

Result<std::unique_ptr<kafka::TransactionalProducer>> Process::MakeProducer(
    kafka::ProducerOptions options) {
  Effect();
  const int64_t number = world_.log.InitProducer(options.transactional_id);
  Effect();
  return std::make_unique<SimProducer>(*this, number);
}

Result<std::unique_ptr<kafka::LogReader>> Process::MakeReader() {
  return std::make_unique<SimReader>(*this);
}

Result<std::unique_ptr<kafka::GroupMember>> Process::Join(kafka::GroupOptions options,
                                                          kafka::GroupMember::Listener listener) {
  Effect();
  auto member = std::make_unique<SimMember>(*this, options.group);
  member->number = world_.log.Join(options.group, world_.log.Partitions(options.topic), number_,
                                   std::move(listener));
  return member;
}

Status Process::EnsureTopics(const std::vector<kafka::TopicSpec>& specs, bool, absl::Duration) {
  Effect();
  for (const kafka::TopicSpec& spec : specs) world_.log.CreateTopic(spec);
  return Ok();
}

std::unique_ptr<redis::Connection> Process::Dial(const std::string& endpoint) {
  return std::make_unique<SimConnection>(*this, endpoint);
}

ledger::Environment Process::environment() {
  return {*this, [this](const std::string& endpoint, absl::Duration) { return Dial(endpoint); },
          *this};
}

}  // namespace carillon::simulation
