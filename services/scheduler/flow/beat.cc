#include "services/scheduler/flow/beat.h"

#include <algorithm>
#include <chrono>

#include "carillon/scheduler/v1/commands.pb.h"
#include "common/base/ids.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "services/scheduler/domain/records.h"

namespace carillon::scheduler {
namespace {

constexpr std::chrono::seconds kBeatEvery{1};
constexpr absl::Duration kBeatDeadline = absl::Seconds(2);

}  // namespace

void ControlBeat::Start() {
  thread_ = std::thread([this] { Work(); });
}

void ControlBeat::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  // The callback of an open beat uses this object.
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::chrono::seconds(5), [this] { return !open_; });
}

void ControlBeat::Work() {
  auto next = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    // A beat that waits for its answer is not followed by more of them: they would all come at once.
    if (!open_) {
      lock.unlock();
      BeatOnce();
      lock.lock();
    }
    // After a pause of the process there is one beat, not one for each second missed.
    next = std::max(next + kBeatEvery, std::chrono::steady_clock::now());
    wake_.wait_until(lock, next, [this] { return stopping_; });
  }
}

void ControlBeat::BeatOnce() {
  const std::string id(kKillRoot);
  if (!ledger_.Owns(PartitionOf(id, ledger_.shards()))) return;
  {
    std::lock_guard lock(mutex_);
    open_ = true;
  }
  ledger::Input input;
  input.aggregate_id = id;
  input.body = std::make_shared<v1::BeatBoard>();
  input.envelope.mutable_actor()->set_kind(common::v1::ACTOR_KIND_SERVICE);
  input.envelope.mutable_actor()->set_id("scheduler");
  ledger_.Submit(std::move(input), clock_.Now() + kBeatDeadline, [this](ledger::Answer answer) {
    if (answer.status.ok()) {
      static auto& beats = observe::Counter("control_beats_total", "Heartbeats of kill switches");
      beats.Increment();
    } else {
      observe::Warn("the control heartbeat was not written; publishers stop sending until one is",
                    {{"error", ToString(answer.status)}});
    }
    std::lock_guard lock(mutex_);
    open_ = false;
    wake_.notify_all();
  });
}

}  // namespace carillon::scheduler
