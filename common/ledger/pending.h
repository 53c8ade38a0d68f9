// Commands and owner reads that wait for a shard. Thread-safe. The callback of each is called exactly once: by the shard with the
// result, or at the deadline with what is known then.
#pragma once

#include <absl/time/time.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/ledger/ledger.h"

namespace carillon::ledger {

struct Pending {
  Input input;
  std::string read_id;  // an owner read, not a command
  absl::Time deadline;
  AnswerCallback done;

  std::atomic<bool> answered{false};
  // Part of a commit whose outcome was not known: until it is decided again, nobody may say "nothing was logged".
  std::atomic<bool> maybe_logged{false};

  void Finish(Answer answer) {
    if (!answered.exchange(true)) done(std::move(answer));
  }
};
using PendingPtr = std::shared_ptr<Pending>;

class PendingQueue {
 public:
  explicit PendingQueue(size_t size_max) : size_max_(size_max) {}

  // False: full.
  bool Push(PendingPtr pending);
  // Back to the front, in order; never refused: they were in already.
  void PushFront(const std::vector<PendingPtr>& items);
  // Takes up to `count` that are not answered yet. They stay known for deadlines until Done().
  std::vector<PendingPtr> Take(size_t count);
  void Done(const std::vector<PendingPtr>& items);
  // The commit is known to be good: at the deadline these are answered OK with this.
  void Committed(const PendingPtr& item, Answer answer);
  // Answers what has reached its deadline.
  void Expire(absl::Time now);
  // Answers and removes everything.
  void FailAll(const Status& refusal);
  bool empty() const;
  size_t size() const;

 private:
  struct Taken {
    PendingPtr item;
    std::shared_ptr<Answer> committed;
    bool operator<(const Taken& other) const { return item < other.item; }
  };
  const size_t size_max_;
  mutable std::mutex mutex_;
  std::deque<PendingPtr> waiting_;
  std::vector<Taken> taken_;
};

}  // namespace carillon::ledger
