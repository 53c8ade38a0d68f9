#include "common/ledger/pending.h"

#include <algorithm>

namespace carillon::ledger {
namespace {

Answer Unknown(Code code) {
  Answer answer;
  answer.status = MakeStatus(code, "the outcome is not known yet; try again with the same request_id");
  return answer;
}

Answer TooLate() {
  Answer answer;
  answer.status = Refuse(Code::kDeadlineExceeded, "DEADLINE_BEFORE_DECISION",
                         "the command waited past its deadline and was dropped; nothing was done");
  return answer;
}

}  // namespace

bool PendingQueue::Push(PendingPtr pending) {
  std::lock_guard lock(mutex_);
  if (waiting_.size() >= size_max_) return false;
  waiting_.push_back(std::move(pending));
  return true;
}

void PendingQueue::PushFront(const std::vector<PendingPtr>& items) {
  std::lock_guard lock(mutex_);
  waiting_.insert(waiting_.begin(), items.begin(), items.end());
  for (const PendingPtr& item : items) {
    std::erase_if(taken_, [&](const Taken& taken) { return taken.item == item; });
  }
}

std::vector<PendingPtr> PendingQueue::Take(size_t count) {
  std::lock_guard lock(mutex_);
  std::vector<PendingPtr> out;
  while (!waiting_.empty() && out.size() < count) {
    if (!waiting_.front()->answered) {
      out.push_back(waiting_.front());
      taken_.push_back({waiting_.front(), nullptr});
    }
    waiting_.pop_front();
  }
  return out;
}

void PendingQueue::Done(const std::vector<PendingPtr>& items) {
  std::lock_guard lock(mutex_);
  if (items.size() == taken_.size()) {
    taken_.clear();  // the usual case: the whole batch
    return;
  }
  const std::set<PendingPtr> done(items.begin(), items.end());
  std::erase_if(taken_, [&](const Taken& taken) { return done.contains(taken.item); });
}

void PendingQueue::Committed(const PendingPtr& item, Answer answer) {
  std::lock_guard lock(mutex_);
  for (Taken& taken : taken_) {
    if (taken.item == item) taken.committed = std::make_shared<Answer>(std::move(answer));
  }
}

void PendingQueue::Expire(absl::Time now) {
  std::vector<std::pair<PendingPtr, Answer>> expired;
  {
    std::lock_guard lock(mutex_);
    for (const PendingPtr& item : waiting_) {
      if (item->deadline > now || item->answered) continue;
      expired.emplace_back(item, item->maybe_logged ? Unknown(Code::kDeadlineExceeded) : TooLate());
    }
    std::erase_if(waiting_, [&](const PendingPtr& item) { return item->deadline <= now; });
    for (const Taken& taken : taken_) {
      if (taken.item->deadline > now || taken.item->answered) continue;
      expired.emplace_back(taken.item,
                           taken.committed ? *taken.committed : Unknown(Code::kDeadlineExceeded));
    }
  }
  for (auto& [item, answer] : expired) item->Finish(std::move(answer));
}

void PendingQueue::FailAll(const Status& refusal) {
  std::vector<std::pair<PendingPtr, Answer>> failed;
  {
    std::lock_guard lock(mutex_);
    Answer refused;
    refused.status = refusal;
    for (const PendingPtr& item : waiting_) {
      failed.emplace_back(item, item->maybe_logged ? Unknown(Code::kUnavailable) : refused);
    }
    for (const Taken& taken : taken_) {
      failed.emplace_back(taken.item,
                          taken.committed ? *taken.committed : Unknown(Code::kUnavailable));
    }
    waiting_.clear();
    taken_.clear();
  }
  for (auto& [item, answer] : failed) item->Finish(std::move(answer));
}

bool PendingQueue::empty() const {
  std::lock_guard lock(mutex_);
  return waiting_.empty();
}

size_t PendingQueue::size() const {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

}  // namespace carillon::ledger
