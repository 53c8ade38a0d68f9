#include "services/listener/poll/poll_pool.h"

#include <algorithm>
#include <mutex>
#include <optional>

#include "common/base/check.h"
#include "common/base/planted.h"
#include "common/observe/log.h"
#include "services/listener/domain/ids.h"
#include "services/listener/poll/poll_metrics.h"

namespace carillon::listener {
namespace {

constexpr int kHandInTriesMax = 5;
constexpr absl::Duration kHandInWait = absl::Milliseconds(500);
constexpr absl::Duration kStopLook = absl::Milliseconds(100);  // how soon a wait sees the stop
constexpr absl::Duration kAnswerSlack = absl::Seconds(5);  // the Ledger answers at the deadline

ledger::Input InputOf(std::shared_ptr<const v1::PollReport> report) {
  ledger::Input input;
  input.kind = ledger::Input::Kind::kCommand;
  input.aggregate_id = CollectionId(report->account_id());
  input.envelope.mutable_actor()->set_kind(common::v1::ACTOR_KIND_SERVICE);
  input.envelope.mutable_actor()->set_id("listener");
  input.body = std::move(report);
  return input;
}

// An answer on its way: the Ledger may give it after nobody waits any more.
struct Waiting {
  explicit Waiting(Runtime& runtime) : signal(runtime.MakeWakeup()) {}
  std::optional<Status> Take() {
    std::lock_guard lock(mutex);
    return status;
  }
  const std::unique_ptr<Wakeup> signal;
  std::mutex mutex;
  std::optional<Status> status;
};

}  // namespace

PollPool::PollPool(const PollOptions& options, const platform::Registry& platforms,
                   const Clock& clock, Runtime& runtime)
    : options_(options),
      platforms_(platforms),
      clock_(clock),
      runtime_(runtime),
      queue_(runtime, options.threads, static_cast<size_t>(options.queue_max)) {}

PollPool::~PollPool() { Stop(); }

void PollPool::Bind(ledger::Ledger& ledger, ledger::Reader& reader, AccessSource& access,
                    std::function<bool(const std::string&)> is_streamed) {
  ledger_ = &ledger;
  is_streamed_ = std::move(is_streamed);
  collector_ = std::make_unique<PollCollector>(platforms_, access, reader, clock_, stopping_);
}

void PollPool::Start() {
  CARILLON_CHECK(collector_ != nullptr, "PollPool::Bind comes before Start");
  for (int i = 0; i < options_.threads; ++i) {
    tasks_.push_back(runtime_.Start([this, i] { Work(static_cast<size_t>(i)); }));
  }
}

void PollPool::Stop() {
  stopping_ = true;
  queue_.Close();
  for (const auto& task : tasks_) task->Join();
  tasks_.clear();
}

void PollPool::Run(std::shared_ptr<const ledger::Effect> effect) {
  CARILLON_CHECK(ledger_ != nullptr, "PollPool::Bind comes before the first poll");
  JobPtr job = std::dynamic_pointer_cast<const PollJob>(std::move(effect));
  CARILLON_CHECK(job != nullptr, "the listener's only effect is a PollJob");
  auto report = std::make_shared<v1::PollReport>();
  report->set_account_id(job->account_id);
  report->set_poll_number(job->poll_number);
  if (queue_.Push(std::move(job)) || stopping_) return;
  PollsPutOff().Increment();
  report->set_busy(true);
  ledger_->Submit(InputOf(std::move(report)), clock_.Now() + absl::Seconds(5),
                  [](ledger::Answer) {});
}

void PollPool::Work(size_t worker) {
  while (const auto job = queue_.Pop(worker)) {
    if (stopping_) return;
    DoPoll(**job);
  }
}

void PollPool::DoPoll(const PollJob& job) {
  const absl::Time started = clock_.Now();
  CollectorLag().Observe(std::max(0.0, absl::ToDoubleSeconds(started - job.due_at)));
  if (started + absl::Seconds(1) > job.lost_after) {
    PollsLost().Increment();
    return;
  }
  auto report = std::make_shared<v1::PollReport>(collector_->Poll(job));
  report->set_streamed(is_streamed_ && is_streamed_(job.account_id));
  if (stopping_) return;
  const Status status = HandIn(job, report);
  if (!status.ok()) {
    PollsLost().Increment();
    observe::Warn("a poll's report was not taken; it is done again",
                  {{"account", job.account_id}, {"error", ToString(status)}});
    return;
  }
  CountReport(*report);
  if (!report->error().empty()) {
    observe::Warn("a poll failed", {{"account", job.account_id}, {"error", report->error()}});
  }
}

Status PollPool::Ask(ledger::Input input, absl::Time deadline) {
  auto waiting = std::make_shared<Waiting>(runtime_);
  const absl::Duration patience = deadline - clock_.Now() + kAnswerSlack;
  ledger_->Submit(std::move(input), deadline, [waiting](ledger::Answer answer) {
    {
      std::lock_guard lock(waiting->mutex);
      waiting->status = std::move(answer.status);
    }
    waiting->signal->Notify();
  });
  for (absl::Duration waited; !stopping_ && waited < patience; waited += kStopLook) {
    if (const auto status = waiting->Take()) return *status;
    waiting->signal->WaitFor(kStopLook);
  }
  return waiting->Take().value_or(MakeStatus(Code::kDeadlineExceeded, "no answer in time"));
}

void PollPool::Pause(absl::Duration time) {
  const auto signal = runtime_.MakeWakeup();
  for (absl::Duration waited; !stopping_ && waited < time; waited += kStopLook) {
    signal->WaitFor(kStopLook);
  }
}

Status PollPool::HandIn(const PollJob& job, std::shared_ptr<const v1::PollReport> report) {
  Status status;
  for (int i = 0; i < kHandInTriesMax && clock_.Now() < job.lost_after; ++i) {
    status = Ask(InputOf(report), job.lost_after);
    if (IsPlanted(Planted::kCursorBeforeEvents)) status = Ask(InputOf(report), job.lost_after);
    // A refusal is the truth: a first try that was committed makes the next one STALE_POLL.
    if (ReasonOf(status) == "STALE_POLL" && i > 0) return Ok();
    if (status.ok() || GetErrorInfo(status) || stopping_) return status;
    Pause(kHandInWait);
  }
  return status.ok() ? MakeStatus(Code::kDeadlineExceeded, "the poll counts as lost") : status;
}

}  // namespace carillon::listener
