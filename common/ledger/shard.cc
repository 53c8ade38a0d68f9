#include "common/ledger/shard.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/ids.h"
#include "common/ledger/record.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"

namespace carillon::ledger {
namespace {

constexpr auto kTick = absl::Seconds(1);
constexpr auto kRetryPause = absl::Milliseconds(200);
constexpr auto kTakeOverPause = absl::Milliseconds(300);
constexpr auto kAssignmentWaitMax = absl::Seconds(10);
constexpr auto kInboxLagMax = absl::Seconds(10);
constexpr auto kQuiet = absl::Seconds(30);

}  // namespace

Shard::Shard(const ShardContext& context, int shard)
    : context_(context),
      shard_(shard),
      oldest_due_ms_(absl::ToUnixMillis(absl::InfiniteFuture())),
      pending_(context.options.commands_queued_max),
      log_(context, shard, stopping_),
      cache_(context.options.cache_bytes_max),
      next_due_(absl::InfinitePast()),
      fenced_at_(absl::InfinitePast()),
      wake_(context.environment.runtime.MakeWakeup()),
      stop_(context.environment.runtime.MakeWakeup()) {
  Progress();
  task_ = context.environment.runtime.Start([this] { Run(); });
}

Shard::~Shard() {
  RequestStop();
  Join();
}

void Shard::RequestStop() {
  stopping_ = true;
  wake_->Notify();
  stop_->Notify();
}

void Shard::Progress() {
  progressed_ns_ = absl::ToInt64Nanoseconds(context_.clock.BootTime());
}

void Shard::Submit(PendingPtr pending) {
  Answer refused;
  if (stopping_) {
    refused.status = Refuse(Code::kUnavailable, "NOT_OWNER", "the shard is moving; try again");
  } else if (away_) {
    refused.status = Refuse(Code::kUnavailable, "DEPENDENCY_AWAY",
                            "Kafka or Redis does not answer; nothing was done, try again later");
  } else if (!pending_.Push(pending)) {
    static auto& full = observe::Counter("ledger_queue_full_total", "Commands refused: queue full");
    full.Increment();
    refused.status = Refuse(Code::kResourceExhausted, "QUEUE_FULL",
                            fmt::format("{} commands wait for this shard; slow down",
                                        context_.options.commands_queued_max));
  } else {
    wake_->Notify();
    return;
  }
  pending->Finish(std::move(refused));
}

void Shard::Run() {
  while (!stopping_) {
    const int64_t assignments = context_.assignments();
    const Status taken = TakeOver();
    if (!taken.ok()) {
      observe::Warn("shard not taken over", {{"shard", std::to_string(shard_)},
                                             {"topic", log_.ledger_topic()},
                                             {"why", ToString(taken)}});
      away_ = true;
      pending_.FailAll(Refuse(Code::kUnavailable, "DEPENDENCY_AWAY",
                              "the shard can't be served now: " + Message(taken)));
      if (taken.code() == Code::kFailedPrecondition) {
        AwaitAssignment(assignments);
      } else {
        Pause(kTakeOverPause);
      }
      continue;
    }
    away_ = false;
    serving_ = true;
    Serve();
    serving_ = false;
  }
  inbox_.reset();
  log_.DropProducer();
  pending_.FailAll(Refuse(Code::kUnavailable, "NOT_OWNER", "the shard has moved; try again"));
}

// The group has refused this member: it is behind the group's generation, and every further try would fence the one who is not.
void Shard::AwaitAssignment(int64_t known) {
  const absl::Duration until = context_.clock.BootTime() + kAssignmentWaitMax;
  while (!stopping_ && context_.assignments() == known && context_.clock.BootTime() < until) {
    Pause(kTakeOverPause);
  }
}

Status Shard::TakeOver() {
  const absl::Duration start = context_.clock.BootTime();
  cache_.Clear();
  inbox_.reset();
  inbox_taken_.clear();
  inbox_end_ = 0;
  deferred_.clear();
  next_due_ = absl::InfinitePast();
  RETURN_IF_ERROR(log_.TakeOver());
  log_time_at_ = context_.clock.BootTime();
  RETURN_IF_ERROR(OpenInbox());
  Progress();
  static auto& seconds = observe::Seconds("ledger_takeover", "Time from assigned to serving");
  seconds.Observe(absl::ToDoubleSeconds(context_.clock.BootTime() - start));
  observe::Info("shard taken over",
                {{"shard", std::to_string(shard_)},
                 {"topic", log_.ledger_topic()},
                 {"head", std::to_string(log_.head())},
                 {"inbox_next", std::to_string(log_.inbox_next())},
                 {"took_ms", std::to_string(absl::ToInt64Milliseconds(context_.clock.BootTime() -
                                                                      start))}});
  return Ok();
}

Status Shard::OpenInbox() {
  ASSIGN_OR_RETURN(kafka::Bounds bounds, context_.reader.BoundsOf(log_.inbox_topic(), shard_,
                                                                        absl::Seconds(5)));
  int64_t from = log_.inbox_next();
  // The told end lags; one that stays behind what was read from it is another.
  const absl::Duration give_up = context_.clock.BootTime() + kInboxLagMax;
  while (from > bounds.high && !stopping_) {
    if (context_.clock.BootTime() >= give_up) {
      RETURN_IF_ERROR(log_.RestartInbox(bounds.high));
      from = bounds.high;
      break;
    }
    Pause(kTakeOverPause);
    ASSIGN_OR_RETURN(bounds, context_.reader.BoundsOf(log_.inbox_topic(), shard_, absl::Seconds(5)));
  }
  if (from < bounds.low) {
    // What is gone was never decided. Senders repeat what they need answered, and a dispatch that is too late ends as EXPIRED.
    observe::Error("the inbox's retention has passed messages that were not read",
                   {{"topic", log_.inbox_topic()}, {"shard", std::to_string(shard_)},
                    {"expected", std::to_string(from)}, {"first", std::to_string(bounds.low)}});
    from = bounds.low;
  }
  ASSIGN_OR_RETURN(inbox_, context_.reader.Open(log_.inbox_topic(), shard_, from, [this] { wake_->Notify(); }));
  return Ok();
}

void Shard::Serve() {
  next_tick_ = context_.clock.Now() + kTick;
  Next next = Next::kGoOn;
  while (!stopping_ && next == Next::kGoOn) {
    Progress();
    WaitForWork();
    if (stopping_) return;
    next = Round();
    if (next == Next::kGoOn && context_.clock.Now() >= next_tick_) next = Tick();
  }
}

void Shard::Pause(absl::Duration at_most) {
  const absl::Duration until = context_.clock.BootTime() + at_most;
  while (!stopping_ && context_.clock.BootTime() < until) {
    stop_->WaitFor(until - context_.clock.BootTime());
  }
}

void Shard::WaitForWork() {
  if (!inbox_taken_.empty() || !pending_.empty()) return;
  const absl::Time now = context_.clock.Now();
  absl::Time until = std::min(next_tick_, next_due_);
  if (!deferred_.empty()) {
    for (const auto& [id, at] : deferred_) until = std::min(until, at);
  }
  if (!stopping_) wake_->WaitFor(std::clamp(until - now, absl::ZeroDuration(), kTick));
}

// Once a second: is the copy in Redis still ours and where we left it, does the log's clock agree, is the membership alive.
Shard::Next Shard::Tick() {
  next_tick_ = context_.clock.Now() + kTick;
  if (!context_.assigned(shard_)) return Next::kGoOn;  // the Ledger stops this shard
  Result<StorePosition> position = log_.store().Position();
  if (position.ok() && position->present && position->offset == log_.head() &&
      position->birth_id == log_.birth_id() && !position->loading) {
    clock_agrees_ = ClockAgrees();
    if (clock_agrees_) return NoteInbox();
    // Nothing is dispatched while the clocks disagree; a marker asks the log for its time.
    const kafka::CommitResult probe = log_.Probe();
    if (probe.verdict != kafka::Verdict::kOk) return Next::kRetake;
    log_time_at_ = context_.clock.BootTime();
    clock_agrees_ = ClockAgrees();
  }
  return Recover();
}

// The last message is followed by its transaction's mark, and retention takes both: an owner who has read to the end says so when it
// is quiet, or the next one would miss messages that never were.
Shard::Next Shard::NoteInbox() {
  const bool quiet = context_.clock.BootTime() - inbox_end_at_ > kQuiet;
  if (!quiet || !inbox_taken_.empty() || inbox_end_ <= log_.inbox_logged()) return Next::kGoOn;
  if (!log_.NoteInbox(inbox_end_).ok()) return log_.has_producer() ? Recover() : Next::kRetake;
  log_time_at_ = context_.clock.BootTime();
  return Next::kGoOn;
}

// By the log's time when it was last told and the time since by the boot clock, which does not jump: a wall clock that was set a moment
// ago is noticed before anything is decided by it.
bool Shard::ClockAgrees() const {
  if (log_time_at_ == absl::ZeroDuration()) return true;
  const absl::Time log_now = log_.log_time() + (context_.clock.BootTime() - log_time_at_);
  return absl::AbsDuration(context_.clock.Now() - log_now) < context_.options.clock_skew_max;
}

Shard::Next Shard::Recover() {
  while (!stopping_) {
    const Status status = log_.CatchUp();
    Progress();
    if (status.ok()) {
      away_ = false;
      cache_.Clear();
      next_due_ = absl::InfinitePast();
      return Next::kGoOn;
    }
    if (!log_.has_producer() || status.code() == Code::kFailedPrecondition) return Next::kRetake;
    if (!away_.exchange(true)) {
      observe::Warn("Redis is away or behind; refusing commands",
                    {{"shard", std::to_string(shard_)}, {"why", ToString(status)}});
    }
    Pause(kRetryPause);
  }
  return Next::kStop;
}

Result<ProtoPtr> Shard::Find(std::string_view id) {
  if (std::optional<ProtoPtr> cached = cache_.Find(id)) return *cached;
  ASSIGN_OR_RETURN(const auto fields,
                   log_.store().Read(log_.birth_id(), log_.head(), {"a" + std::string(id)}));
  if (!fields[0]) {
    cache_.Put(std::string(id), nullptr, 0);
    return ProtoPtr();
  }
  ASSIGN_OR_RETURN(ProtoPtr record, Parse(context_.domain.RecordPrototype(), *fields[0]));
  cache_.Put(std::string(id), record, fields[0]->size());
  return record;
}

Result<std::optional<v1::Request>> Shard::FindRequest(const std::string& key) {
  if (const auto it = requests_.find(key); it != requests_.end()) return it->second;
  ASSIGN_OR_RETURN(const auto fields,
                   log_.store().Read(log_.birth_id(), log_.head(), {"r" + key}));
  if (!fields[0]) return std::nullopt;
  v1::Request request;
  if (!request.ParseFromString(*fields[0])) {
    return MakeStatus(Code::kDataLoss, "a remembered request can't be read: " + key);
  }
  return std::optional<v1::Request>(request);
}

// Everything this batch is known to need, in one round trip that also checks the position.
Status Shard::Prefetch(const Work& work) {
  requests_.clear();
  std::vector<std::string> fields;
  std::set<std::string> seen;
  const auto need = [&](const Input& input) {
    for (const std::string& id : context_.domain.Reads(input)) {
      if (!cache_.Find(id) && seen.insert("a" + id).second) fields.push_back("a" + id);
    }
  };
  for (const PendingPtr& item : work.commands) {
    if (!item->read_id.empty()) {
      if (!cache_.Find(item->read_id)) fields.push_back("a" + item->read_id);
      continue;
    }
    need(item->input);
    if (item->input.envelope.request_id().empty()) continue;
    const std::string field =
        "r" + HashText({item->input.envelope.org_id(), item->input.envelope.request_id()});
    if (seen.insert(field).second) fields.push_back(field);
  }
  for (const std::string& id : work.due) {
    Input input;
    input.kind = Input::Kind::kDue;
    input.aggregate_id = id;
    need(input);
  }
  if (fields.empty() && work.commands.empty()) return Ok();
  ASSIGN_OR_RETURN(const auto values, log_.store().Read(log_.birth_id(), log_.head(), fields));
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string name = fields[i].substr(1);
    if (fields[i][0] == 'a') {
      ProtoPtr record;
      if (values[i]) {
        ASSIGN_OR_RETURN(record, Parse(context_.domain.RecordPrototype(), *values[i]));
      }
      cache_.Put(name, std::move(record), values[i] ? values[i]->size() : 0);
      continue;
    }
    std::optional<v1::Request> request;
    if (values[i]) {
      request.emplace();
      if (!request->ParseFromString(*values[i])) {
        return MakeStatus(Code::kDataLoss, "a remembered request can't be read: " + name);
      }
    }
    requests_[name] = std::move(request);
  }
  return Ok();
}

}  // namespace carillon::ledger
