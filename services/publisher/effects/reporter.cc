#include "services/publisher/effects/reporter.h"

#include <chrono>

#include "common/base/check.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"

namespace carillon::publisher {
namespace {

constexpr absl::Duration kSubmitDeadline = absl::Seconds(10);

// The answer will be the same however often it is told.
bool IsSettled(const Status& status) {
  if (status.ok()) return true;
  if (!GetErrorInfo(status)) return false;
  return status.code() == Code::kInvalidArgument || status.code() == Code::kNotFound ||
         status.code() == Code::kFailedPrecondition || ReasonOf(status) == "NOT_OWNER";
}

ledger::Input InputFor(const std::string& aggregate_id, const Reporter::Body& body,
                       const Clock& clock) {
  ledger::Input input;
  input.aggregate_id = aggregate_id;
  input.body = body;
  input.envelope.mutable_actor()->set_kind(common::v1::ACTOR_KIND_SERVICE);
  input.envelope.mutable_actor()->set_id("publisher");
  *input.envelope.mutable_occurred_at() = ToProto(clock.Now());
  return input;
}

}  // namespace

void Reporter::Start(ledger::Ledger& ledger, absl::Duration retry_pause) {
  ledger_ = &ledger;
  retry_pause_ = retry_pause;
  thread_ = std::thread([this] { RetryLoop(); });
}

void Reporter::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  // Answers that are under way use this object.
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return in_flight_ == 0; });
}

void Reporter::Report(const std::string& aggregate_id, Body body) {
  Submit({aggregate_id, std::move(body)});
}

void Reporter::Tell(const std::string& aggregate_id, Body body, std::function<void(const Status&)> done) {
  CARILLON_CHECK(ledger_ != nullptr, "the reporter was not started");
  {
    std::lock_guard lock(mutex_);
    ++in_flight_;
  }
  ledger_->Submit(InputFor(aggregate_id, body, clock_), clock_.Now() + kSubmitDeadline,
                  [this, done = std::move(done)](const ledger::Answer& answer) {
                    done(answer.status);
                    std::lock_guard lock(mutex_);
                    --in_flight_;
                    changed_.notify_all();
                  });
}

void Reporter::Submit(Pending pending) {
  CARILLON_CHECK(ledger_ != nullptr, "the reporter was not started");
  {
    std::lock_guard lock(mutex_);
    ++in_flight_;
  }
  ledger::Input input = InputFor(pending.aggregate_id, pending.body, clock_);
  ledger_->Submit(std::move(input), clock_.Now() + kSubmitDeadline,
                  [this, pending = std::move(pending)](ledger::Answer answer) mutable {
                    if (!IsSettled(answer.status)) {
                      Later(std::move(pending));
                    } else if (!answer.status.ok()) {
                      observe::Warn("a report was not taken; what it is about is looked at when its time is over",
                                    {{"about", pending.aggregate_id},
                                     {"status", ToString(answer.status)}});
                    }
                    std::lock_guard lock(mutex_);
                    --in_flight_;
                    changed_.notify_all();
                  });
}

void Reporter::Later(Pending pending) {
  std::lock_guard lock(mutex_);
  if (pending_.size() >= kPendingMax) {
    observe::Counter("reports_dropped_total", "Reports that waited too long in a full queue").Increment();
    pending_.erase(pending_.begin());
  }
  pending_.emplace(clock_.BootTime() + retry_pause_, std::move(pending));
  changed_.notify_all();
}

void Reporter::RetryLoop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (pending_.empty() || pending_.begin()->first > clock_.BootTime()) {
      changed_.wait_for(lock, absl::ToChronoMilliseconds(retry_pause_));
      continue;
    }
    Pending pending = std::move(pending_.begin()->second);
    pending_.erase(pending_.begin());
    lock.unlock();
    Submit(std::move(pending));
    lock.lock();
  }
}

}  // namespace carillon::publisher
