// One shard as its owner serves it: a task that takes over and then runs the loop (take, read, decide, commit, apply, answer).
// Made when the shard is assigned, stopped when it is not; Submit, Get and the getters are thread-safe and do not block.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/ledger/pending.h"
#include "common/ledger/shard_context.h"
#include "common/ledger/shard_log.h"
#include "common/ledger/state_cache.h"

namespace carillon::ledger {

class Shard : private StateSource {
 public:
  Shard(const ShardContext& context, int shard);
  ~Shard();  // stops and joins

  // A command or, with read_id, an owner read. Answers at once if it can't wait here.
  void Submit(PendingPtr pending);
  void Expire(absl::Time now) { pending_.Expire(now); }
  // Begins to stop.
  void RequestStop();
  // Waits for the end of the loop; the destructor does so too.
  void Join() { task_->Join(); }

  int index() const { return shard_; }
  bool serving() const { return serving_; }
  bool stopping() const { return stopping_; }
  // When the loop last went round or a load moved on, CLOCK_BOOTTIME.
  absl::Duration progressed_at() const { return absl::Nanoseconds(progressed_ns_.load()); }
  // The oldest due entry that was not decided at its time; InfiniteFuture if none.
  absl::Time oldest_due() const { return absl::FromUnixMillis(oldest_due_ms_.load()); }
  bool clock_agrees() const { return clock_agrees_; }

 private:
  struct Work {
    std::vector<PendingPtr> commands;
    std::vector<kafka::Record> messages;
    std::vector<std::string> due;
    std::vector<kafka::OutRecord> dead_letters;
    std::vector<std::pair<PendingPtr, Answer>> answers;  // of commands that changed something
    int64_t inbox_next = 0;
    bool empty() const { return commands.empty() && messages.empty() && due.empty(); }
  };
  enum class Next { kGoOn, kRetake, kStop };

  void Run();
  Status TakeOver();
  void AwaitAssignment(int64_t known);
  Status OpenInbox();
  void Serve();
  void WaitForWork();
  void TakeInbox(Work* work);
  Status TakeDue(Work* work);
  Status Prefetch(const Work& work);
  Next Round();
  // How far apart commits begin.
  absl::Duration Pace() const;
  Next DecideAll(Work& work, Batch& batch);
  Status DecideDue(const std::string& id, Batch& batch);
  Status DecideCommand(const PendingPtr& item, Work& work, Batch& batch);
  Status DecideMessage(const kafka::Record& record, Work& work, Batch& batch);
  void DeadLetter(const kafka::Record& record, const Status& why, Work& work);
  Next CommitAll(Work& work, Batch& batch);
  Next Failed(Work& work, const kafka::CommitResult& result);
  Next Tick();
  Next NoteInbox();
  void PutBack(Work& work, bool maybe_logged);
  // Redis is behind or away: until it is at the head again, committed commands are answered at their deadline and others refused.
  Next Recover();
  void Learn(const Batch& batch);
  bool ClockAgrees() const;
  void Pause(absl::Duration at_most);
  void Progress();

  Result<ProtoPtr> Find(std::string_view id) override;
  Result<std::optional<v1::Request>> FindRequest(const std::string& key) override;

  const ShardContext& context_;
  const int shard_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> serving_{false};
  std::atomic<bool> away_{false};  // a dependency failed: refuse at once
  std::atomic<bool> clock_agrees_{true};
  std::atomic<int64_t> progressed_ns_{0};
  std::atomic<int64_t> oldest_due_ms_;
  PendingQueue pending_;
  ShardLog log_;
  StateCache cache_;
  std::map<std::string, std::optional<v1::Request>> requests_;  // read for this batch

  std::unique_ptr<kafka::Cursor> inbox_;
  std::deque<kafka::Record> inbox_taken_;  // read, not yet committed
  int64_t inbox_end_ = 0;                  // nothing that was not read lies before it
  absl::Duration inbox_end_at_;            // when it was met, CLOCK_BOOTTIME
  absl::Time next_due_;                    // no entry of the index is earlier, as far as we know
  std::map<std::string, absl::Time> deferred_;  // due ids that did not change: not before
  absl::Time next_tick_;
  absl::Duration log_time_at_;   // when the log's time was last told, CLOCK_BOOTTIME
  absl::Duration committed_at_;  // when the last commit began, CLOCK_BOOTTIME
  absl::Duration commit_took_;   // with its apply
  absl::Time fenced_at_;
  bool fenced_ = false;

  const std::unique_ptr<Wakeup> wake_;  // something waits
  const std::unique_ptr<Wakeup> stop_;
  std::unique_ptr<Task> task_;
};

}  // namespace carillon::ledger
