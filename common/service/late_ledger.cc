#include "common/service/late_ledger.h"

#include "common/observe/log.h"
#include "common/observe/metrics.h"

namespace carillon::service {
namespace {

constexpr absl::Duration kTry = absl::Seconds(5);
constexpr absl::Duration kPauseMin = absl::Milliseconds(500);
constexpr absl::Duration kPauseMax = absl::Seconds(10);

}  // namespace

LateLedger::LateLedger(int shards, Maker make)
    : shards_(shards),
      make_(std::move(make)),
      last_(MakeStatus(Code::kUnavailable, "the service is starting")) {}

LateLedger::~LateLedger() { Stop(); }

bool LateLedger::StartForEver() {
  auto& failures =
      observe::Counter("start_failures_total", "Tries to start that Kafka or Redis failed");
  absl::Duration pause = kPauseMin;
  while (true) {
    const Status status = Start(kTry);
    std::unique_lock lock(mutex_);
    if (stopping_) return false;
    if (status.ok()) return true;
    failures.Increment();
    observe::Warn("can't start yet, trying again",
                  {{"error", ToString(status)}, {"again_in", absl::FormatDuration(pause)}});
    changed_.wait_for(lock, absl::ToChronoMilliseconds(pause), [&] { return stopping_; });
    if (stopping_) return false;
    pause = std::min(pause * 2, kPauseMax);
  }
}

Status LateLedger::Start(absl::Duration wait_max) {
  std::shared_ptr<ledger::Ledger> made = make_();
  const Status status = made->Start(wait_max);
  {
    std::lock_guard lock(mutex_);
    last_ = status;
    if (status.ok() && !stopping_) {
      real_ = std::move(made);
      return status;
    }
  }
  made->Stop();
  return status.ok() ? MakeStatus(Code::kCancelled, "the service stops") : status;
}

void LateLedger::Stop() {
  std::shared_ptr<ledger::Ledger> real;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    last_ = MakeStatus(Code::kUnavailable, "the service stops");
    real = std::move(real_);
    real_.reset();
  }
  if (real) real->Stop();
}

std::shared_ptr<ledger::Ledger> LateLedger::Real() const {
  std::lock_guard lock(mutex_);
  return real_;
}

Status LateLedger::NotStarted() const {
  std::lock_guard lock(mutex_);
  return Refuse(Code::kUnavailable, stopping_ ? "STOPPING" : "STARTING",
                fmt::format("the service can't serve {}: {}; try again in a moment",
                            stopping_ ? "any more" : "yet", Message(last_)));
}

void LateLedger::Submit(ledger::Input input, absl::Time deadline, ledger::AnswerCallback done) {
  if (auto real = Real()) return real->Submit(std::move(input), deadline, std::move(done));
  done({.status = NotStarted()});
}

void LateLedger::Get(std::string id, absl::Time deadline, ledger::AnswerCallback done) {
  if (auto real = Real()) return real->Get(std::move(id), deadline, std::move(done));
  done({.status = NotStarted()});
}

bool LateLedger::Owns(int shard) const {
  const auto real = Real();
  return real && real->Owns(shard);
}

Status LateLedger::Serving() const {
  const auto real = Real();
  return real ? real->Serving() : NotStarted();
}

Status LateLedger::Flowing() const {
  const auto real = Real();
  return real ? real->Flowing() : NotStarted();
}

}  // namespace carillon::service
