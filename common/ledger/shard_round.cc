// One round of a shard's loop: take, read, decide, commit, apply, answer.
#include <fmt/format.h>

#include "common/base/planted.h"
#include "common/ledger/dead_letter.h"
#include "common/ledger/record.h"
#include "common/ledger/shard.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"

namespace carillon::ledger {
namespace {

constexpr auto kAskAgain = absl::Milliseconds(250);   // a due id that did not change
constexpr auto kRefusedAgain = absl::Seconds(5);      // a due id that was refused
// A shard spends at most a third of its time on commits that take long, so that the more there is to do, the more goes into each.
constexpr int kPaceOfCommit = 3;
constexpr auto kPaceMax = absl::Milliseconds(500);
constexpr auto kRetryPause = absl::Milliseconds(50);
constexpr auto kFencedPause = absl::Seconds(1);
constexpr auto kFencedTwiceWithin = absl::Minutes(1);
constexpr size_t kBatchBytesMax = 4u << 20;
constexpr size_t kBatchRecordsMax = 3000;
constexpr size_t kDeferredMax = 100'000;
constexpr int kDueScanMax = 5000;

}  // namespace

void Shard::TakeInbox(Work* work) {
  const size_t count = static_cast<size_t>(context_.options.batch_inputs_max);
  while (inbox_taken_.size() < count) {
    Result<std::optional<kafka::Record>> next = inbox_->Next(absl::ZeroDuration());
    if (!next.ok()) {
      observe::Warn("reading the inbox", {{"shard", std::to_string(shard_)},
                                          {"why", ToString(next.status())}});
      // It was put back, or its retention was quicker: the takeover looks where to go on.
      if (next.status().code() == Code::kOutOfRange) inbox_.reset();
      break;
    }
    if (*next) {
      inbox_taken_.push_back(std::move(**next));
    } else if (!inbox_->at_end()) {
      break;  // nothing waits; after an end-of-partition there may be more
    } else if (inbox_->end() != inbox_end_) {
      inbox_end_ = inbox_->end();
      inbox_end_at_ = context_.clock.BootTime();
    }
  }
  while (!inbox_taken_.empty()) {
    work->messages.push_back(std::move(inbox_taken_.front()));
    inbox_taken_.pop_front();
  }
}

Status Shard::TakeDue(Work* work) {
  const absl::Time now = context_.clock.Now();
  absl::Time earliest_deferred = absl::InfiniteFuture();
  for (const auto& [id, at] : deferred_) earliest_deferred = std::min(earliest_deferred, at);
  clock_agrees_ = ClockAgrees();
  if (!clock_agrees_ || (now < next_due_ && now < earliest_deferred)) return Ok();
  // Entries that wait in `deferred_` stand at the head of the index; they must not hide the others.
  const int wanted = context_.options.due_batch_max;
  const int scan = std::min<int>(kDueScanMax, wanted + static_cast<int>(deferred_.size()));
  ASSIGN_OR_RETURN(const Store::Due due,
                   log_.store().ReadDue(log_.birth_id(), log_.head(), TimeKey(now), scan));
  next_due_ = due.next.empty() ? absl::InfiniteFuture()
                               : absl::FromUnixMillis(strtoll(due.next.c_str(), nullptr, 10));
  oldest_due_ms_ = due.members.empty() ? absl::ToUnixMillis(absl::InfiniteFuture())
                                       : strtoll(due.members.front().c_str(), nullptr, 10);
  for (const std::string& member : due.members) {
    std::string id(IdOfMember(member));
    const auto it = deferred_.find(id);
    if (it != deferred_.end() && it->second > now) continue;
    if (it != deferred_.end()) deferred_.erase(it);
    if (static_cast<int>(work->due.size()) >= wanted) {
      next_due_ = now;  // more wait
      break;
    }
    work->due.push_back(std::move(id));
  }
  // What was deferred until now has been taken, or its entry has moved.
  std::erase_if(deferred_, [now](const auto& entry) { return entry.second <= now; });
  return Ok();
}

absl::Duration Shard::Pace() const {
  const absl::Duration least = context_.options.commit_pace;
  return least == absl::ZeroDuration() ? least : std::max(least, std::min(kPaceOfCommit * commit_took_, kPaceMax));
}

Shard::Next Shard::Round() {
  Work work;
  // What waited since the last commit goes into this one; after a pause longer than the pace nobody waits.
  const absl::Duration early = committed_at_ + Pace() - context_.clock.BootTime();
  if (early > absl::ZeroDuration()) Pause(early);
  work.commands = pending_.Take(context_.options.batch_inputs_max);
  TakeInbox(&work);
  if (!inbox_) {
    PutBack(work, /*maybe_logged=*/false);
    return Next::kRetake;
  }
  work.inbox_next = log_.inbox_next();
  if (work.messages.empty()) work.inbox_next = std::max(work.inbox_next, inbox_end_);
  Status read = TakeDue(&work);
  if (read.ok() && !work.empty()) read = Prefetch(work);
  if (!read.ok()) {
    PutBack(work, /*maybe_logged=*/false);
    if (read.code() == Code::kUnavailable) {
      away_ = true;
      pending_.FailAll(Refuse(Code::kUnavailable, "DEPENDENCY_AWAY",
                              "nothing was done, try again later: " + Message(read)));
    }
    return Recover();
  }
  if (work.empty()) return Next::kGoOn;
  Batch batch(context_.domain, *this, DecideContext{context_.clock.Now(), shard_, context_.options.shards,
                                                    log_.restored_until()},
              work.inbox_next);
  if (const Next next = DecideAll(work, batch); next != Next::kGoOn) return next;
  return CommitAll(work, batch);
}

Shard::Next Shard::DecideAll(Work& work, Batch& batch) {
  const auto full = [&] {
    return batch.bytes() > kBatchBytesMax || batch.records().size() > kBatchRecordsMax;
  };
  Status readable;
  size_t i = 0;
  for (; i < work.commands.size() && readable.ok() && !full(); ++i) {
    readable = DecideCommand(work.commands[i], work, batch);
  }
  if (readable.ok() && i < work.commands.size()) {
    pending_.PushFront({work.commands.begin() + static_cast<long>(i), work.commands.end()});
    work.commands.resize(i);
  }
  for (i = 0; i < work.messages.size() && readable.ok() && !full(); ++i) {
    readable = DecideMessage(work.messages[i], work, batch);
  }
  while (readable.ok() && work.messages.size() > i) {
    inbox_taken_.push_front(std::move(work.messages.back()));
    work.messages.pop_back();
  }
  for (i = 0; i < work.due.size() && readable.ok() && !full(); ++i) {
    readable = DecideDue(work.due[i], batch);
  }
  if (i < work.due.size()) next_due_ = absl::InfinitePast();
  if (readable.ok()) return Next::kGoOn;
  // A state could not be read: the batch is given up whole, nothing of it was committed.
  observe::Warn("a batch was given up", {{"shard", std::to_string(shard_)},
                                         {"why", ToString(readable)}});
  PutBack(work, /*maybe_logged=*/false);
  return Recover();
}

// These three return an error only if a state could not be read.
Status Shard::DecideDue(const std::string& id, Batch& batch) {
  Input input;
  input.kind = Input::Kind::kDue;
  input.aggregate_id = id;
  input.envelope.mutable_actor()->set_kind(common::v1::ACTOR_KIND_SERVICE);
  input.envelope.mutable_actor()->set_id(context_.options.service);
  *input.envelope.mutable_occurred_at() = ToProto(context_.clock.Now());
  const Batch::Outcome outcome = batch.Add(input);
  if (outcome.status.ok() && outcome.changed) return Ok();
  if (!outcome.status.ok()) {
    if (!GetErrorInfo(outcome.status)) return outcome.status;
    observe::Warn("a due aggregate was refused; it is asked again later",
                  {{"id", id}, {"why", ToString(outcome.status)}});
  }
  if (deferred_.size() < kDeferredMax) {
    deferred_[id] = context_.clock.Now() + (outcome.status.ok() ? kAskAgain : kRefusedAgain);
  }
  return Ok();
}

Status Shard::DecideCommand(const PendingPtr& item, Work& work, Batch& batch) {
  Answer answer;
  answer.position = {shard_, log_.head()};
  if (!item->read_id.empty()) {
    ASSIGN_OR_RETURN(answer.record, Find(item->read_id));
    item->Finish(std::move(answer));
    return Ok();
  }
  if (item->answered) return Ok();
  if (item->deadline <= context_.clock.Now()) {
    pending_.Expire(context_.clock.Now());
    return Ok();
  }
  const Batch::Outcome outcome = batch.Add(item->input);
  if (!outcome.status.ok() && !GetErrorInfo(outcome.status)) return outcome.status;
  answer.status = outcome.status;
  answer.record = outcome.record;
  answer.repeated = outcome.repeated;
  if (outcome.status.ok()) {
    // A repeat of what this very batch decides must wait for the commit as well.
    work.answers.emplace_back(item, std::move(answer));
  } else {
    item->Finish(std::move(answer));
  }
  return Ok();
}

void Shard::DeadLetter(const kafka::Record& record, const Status& why, Work& work) {
  static auto& letters = observe::Counter("ledger_dead_letters_total", "Messages sent to the dead letters");
  letters.Increment();
  observe::Error("a message could not be decided; it is in the dead letters",
                 {{"topic", log_.inbox_topic()}, {"shard", std::to_string(shard_)},
                  {"offset", std::to_string(record.offset)}, {"why", ToString(why)}});
  const Undecided undecided{log_.inbox_topic(), record.partition, record.offset, record.key,
                            record.value ? std::string_view(*record.value) : std::string_view()};
  work.dead_letters.push_back({fmt::format("{}.{}.deadletter.v1", context_.options.release,
                                           context_.options.service),
                               0, LetterKey(undecided),
                               MakeDeadLetter(undecided, why).SerializeAsString()});
}

Status Shard::DecideMessage(const kafka::Record& record, Work& work, Batch& batch) {
  batch.set_inbox_next(record.offset + 1);
  Status status;
  if (record.value) {
    Result<std::shared_ptr<Proto>> parsed = Parse(context_.domain.MessagePrototype(), *record.value);
    status = parsed.ok() ? Ok() : Refuse(Code::kInvalidArgument, "UNREADABLE", Message(parsed.status()));
    if (status.ok()) {
      const v1::MessageHeader* header = MessageHeaderOf(**parsed);
      Input input;
      input.kind = Input::Kind::kMessage;
      input.aggregate_id = header ? header->to() : record.key;
      if (header) input.envelope = header->envelope();
      input.body = *parsed;
      status = batch.Add(input).status;
      if (!status.ok() && !GetErrorInfo(status)) return status;
    }
  }
  if (!status.ok()) DeadLetter(record, status, work);
  work.inbox_next = record.offset + 1;
  return Ok();
}

Shard::Next Shard::CommitAll(Work& work, Batch& batch) {
  const bool nothing = batch.records().empty() && batch.messages().empty() &&
                       work.dead_letters.empty() && work.inbox_next == log_.inbox_next();
  if (!nothing) {
    if (IsPlanted(Planted::kAckBeforeCommit)) {
      for (auto& [item, answer] : work.answers) item->Finish(answer);
    }
    const absl::Duration start = context_.clock.BootTime();
    committed_at_ = start;
    const kafka::CommitResult result = log_.Commit(batch, work.dead_letters, work.inbox_next);
    static auto& seconds = observe::Seconds("ledger_commit", "Kafka transactions, begin to committed");
    static auto& sizes = observe::Sizes("ledger_commit_records", "Ledger records in one transaction");
    seconds.Observe(absl::ToDoubleSeconds(context_.clock.BootTime() - start));
    sizes.Observe(static_cast<double>(batch.records().size()));
    if (result.verdict != kafka::Verdict::kOk) return Failed(work, result);
    Learn(batch);
    for (auto& [item, answer] : work.answers) {
      answer.position.offset = log_.head();
      pending_.Committed(item, answer);
    }
    const absl::Duration apply_start = context_.clock.BootTime();
    const Status applied = log_.ApplyCommitted(batch, result);
    static auto& apply_seconds = observe::Seconds("ledger_apply", "Moving Redis on after a commit");
    const absl::Duration end = context_.clock.BootTime();
    apply_seconds.Observe(absl::ToDoubleSeconds(end - apply_start));
    commit_took_ = end - start;
    if (context_.effects != nullptr) {
      for (const auto& effect : batch.effects()) context_.effects->Run(effect);
    }
    Next next = applied.ok() ? Next::kGoOn : Recover();
    for (auto& [item, answer] : work.answers) item->Finish(std::move(answer));
    pending_.Done(work.commands);
    return result.replace_producer ? Next::kRetake : next;
  }
  if (context_.effects != nullptr) {
    for (const auto& effect : batch.effects()) context_.effects->Run(effect);
  }
  for (auto& [item, answer] : work.answers) item->Finish(std::move(answer));
  pending_.Done(work.commands);
  return Next::kGoOn;
}

// The owner's own knowledge after a commit: states, and when to look at the due index again.
void Shard::Learn(const Batch& batch) {
  if (!batch.records().empty()) {
    log_time_at_ = context_.clock.BootTime();
  }
  for (const LedgerRecord& record : batch.records()) {
    cache_.Put(record.id, record.record, record.bytes.size());
    deferred_.erase(record.id);
    for (const IndexEntry& entry : context_.domain.Indexes(*record.record)) {
      if (entry.index != "due") continue;
      next_due_ = std::min(next_due_,
                           absl::FromUnixMillis(strtoll(entry.member.c_str(), nullptr, 10)));
    }
  }
}

void Shard::PutBack(Work& work, bool maybe_logged) {
  for (const PendingPtr& item : work.commands) {
    if (maybe_logged) item->maybe_logged = true;
  }
  pending_.PushFront(work.commands);
  while (!work.messages.empty()) {
    inbox_taken_.push_front(std::move(work.messages.back()));
    work.messages.pop_back();
  }
  next_due_ = absl::InfinitePast();
}

Shard::Next Shard::Failed(Work& work, const kafka::CommitResult& result) {
  static auto& failed = observe::Counter("ledger_commit_failures_total", "Kafka transactions that did not commit");
  failed.Increment();
  observe::Warn("a transaction did not commit",
                {{"shard", std::to_string(shard_)}, {"topic", log_.ledger_topic()},
                 {"verdict", kafka::ToString(result.verdict)}, {"why", ToString(result.status)}});
  // What is put back is decided again: what the log holds is then known by its request_id, the rest happens now.
  PutBack(work, result.verdict == kafka::Verdict::kUncertain);
  cache_.Clear();
  if (result.not_a_member) {
    Pause(kRetryPause);
    return Next::kGoOn;  // the assignment decides whether this shard goes on
  }
  if (result.verdict == kafka::Verdict::kAbort || result.verdict == kafka::Verdict::kRetry) {
    Pause(kRetryPause);
    return Recover();
  }
  away_ = true;
  if (result.fenced) {
    const absl::Time now = context_.clock.Now();
    const bool twice = fenced_ && now - fenced_at_ < kFencedTwiceWithin;
    fenced_ = true;
    fenced_at_ = now;
    if (twice) context_.leave_group();
    Pause(kFencedPause);
  }
  return Next::kRetake;
}

}  // namespace carillon::ledger
