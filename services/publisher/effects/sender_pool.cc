#include "services/publisher/effects/sender_pool.h"

#include <algorithm>

#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "services/publisher/domain/states.h"
#include "services/publisher/effects/limits_task.h"

namespace carillon::publisher {
namespace {

constexpr size_t kLinesMax = 100'000;

void CountEnd(const DeliveryEnded& ended) {
  observe::Counter("deliveries_ended_total", "Deliveries by how they ended",
                   {{"state", StateName(ended.state)}})
      .Increment();
  if (ended.state == v1::DELIVERY_STATE_PUBLISHED) {
    observe::Seconds("lateness", "From due to the platform's answer")
        .Observe(std::max(0.0, absl::ToDoubleSeconds(ended.finished_at - ended.due_at)));
  } else if (ended.state == v1::DELIVERY_STATE_FAILED) {
    observe::Counter("deliveries_failed_total", "Failed deliveries by reason",
                     {{"reason", ended.reason}})
        .Increment();
  }
}

}  // namespace

SenderPool::SenderPool(SendParts parts, CredentialStore& store, Reporter& reporter,
                       const PoolOptions& options)
    : parts_(std::move(parts)),
      store_(store),
      reporter_(reporter),
      options_(options),
      sends_(options.queue_max, static_cast<size_t>(options.senders)),
      asks_(options.queue_max, static_cast<size_t>(options.lookers)),
      slots_(options.senders * options.slots_per_sender, kLinesMax) {}

void SenderPool::Start() {
  for (int i = 0; i < options_.senders; ++i) threads_.emplace_back([this] { SendLoop(); });
  for (int i = 0; i < options_.lookers; ++i) threads_.emplace_back([this] { AskLoop(); });
}

void SenderPool::Stop() {
  stopping_ = true;
  sends_.Close();
  asks_.Close();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void SenderPool::Run(std::shared_ptr<const ledger::Effect> effect) {
  if (auto send = std::dynamic_pointer_cast<const SendJob>(effect)) return Queue(std::move(send));
  if (auto look = std::dynamic_pointer_cast<const LookupJob>(effect)) {
    // One that finds no room is asked again by its due entry.
    if (!asks_.Push(look->account.base_url(), {.lookup = look})) {
      observe::Counter("lookups_dropped_total", "Look-ups that found the queue full").Increment();
    }
    return;
  }
  if (auto refresh = std::dynamic_pointer_cast<const RefreshJob>(effect)) return Queue(std::move(refresh));
  if (auto limits = std::dynamic_pointer_cast<const ReadLimitsJob>(effect)) {
    // As a look-up.
    if (!asks_.Push(limits->account.base_url(), {.limits = limits})) {
      observe::Counter("limits_dropped_total", "Readings of a server's limits that found the queue full").Increment();
    }
    return;
  }
  if (auto stored = std::dynamic_pointer_cast<const CredentialStored>(effect)) {
    store_.Put(stored->credential);
    return;
  }
  if (auto ended = std::dynamic_pointer_cast<const DeliveryEnded>(effect)) return CountEnd(*ended);
  if (auto twice = std::dynamic_pointer_cast<const DuplicateSuspected>(effect)) {
    observe::Counter("duplicates_suspected_total", "Deliveries that may have been published twice")
        .Increment();
    observe::Error("a delivery may have been published twice: look at its attempts",
                   {{"delivery", twice->delivery_id}});
  }
}

void SenderPool::Queue(std::shared_ptr<const SendJob> job) {
  // send_before by the boot clock, from now, after the commit: a jump of the wall clock later on changes nothing.
  const absl::Duration left = job->send_before - parts_.clock.Now();
  Send send{job, parts_.clock.BootTime() + left};
  const std::string& server = job->account.base_url();
  slots_.Begin(job->account.id(), server);
  observe::Gauge("sending", "Attempts that are queued or under way").Set(slots_.busy());
  if (sends_.Push(server, std::move(send))) return;
  Drop(*job, "SENDER_SLOTS");
  End(server);
}

void SenderPool::Queue(std::shared_ptr<const RefreshJob> job) {
  const absl::Duration left = job->send_before - parts_.clock.Now();
  if (asks_.Push(job->account.base_url(), {.refresh = job, .boot_deadline = parts_.clock.BootTime() + left})) return;
  auto report = std::make_shared<v1::RefreshReport>();
  report->set_account_id(job->account.id());
  report->set_number(job->number);
  report->set_result(v1::REFRESH_RESULT_NOT_SENT);
  report->set_error("too much else is asked for");
  reporter_.Report(job->account.id(), std::move(report));
}

bool SenderPool::Keep(const std::string& account_id, const std::string& server) {
  return !stopping_ && slots_.Keep(account_id, server, parts_.clock.BootTime());
}

void SenderPool::End(const std::string& server) {
  const std::vector<std::string> turns = slots_.End(server, parts_.clock.BootTime());
  observe::Gauge("sending", "Attempts that are queued or under way").Set(slots_.busy());
  if (stopping_) return;
  for (const std::string& id : turns) {
    auto freed = std::make_shared<v1::SlotFreed>();
    freed->set_account_id(id);
    // Whoever does not hear of it looks again by itself.
    reporter_.Tell(id, std::move(freed), [](const Status&) {});
  }
}

void SenderPool::Drop(const SendJob& job, const char* reason) {
  auto report = std::make_shared<v1::PublishReport>();
  report->set_delivery_id(job.delivery.id());
  report->set_attempt(job.attempt);
  report->set_result(v1::PUBLISH_RESULT_NOT_SENT);
  report->set_error_reason(reason);
  *report->mutable_answered_at() = ToProto(parts_.clock.Now());
  reporter_.Report(job.delivery.id(), std::move(report));
}

void SenderPool::SendLoop() {
  while (auto taken = sends_.Pop()) {
    const Send& send = taken->item;
    if (stopping_) {
      Drop(*send.job, "STOPPING");
    } else {
      reporter_.Report(send.job->delivery.id(),
                       std::make_shared<v1::PublishReport>(SendOnce(parts_, *send.job, send.boot_deadline)));
    }
    End(taken->server);
    sends_.Done(taken->server);
  }
}

void SenderPool::Answer(const Ask& ask) {
  if (ask.lookup != nullptr) {
    reporter_.Report(ask.lookup->delivery.id(),
                     std::make_shared<v1::LookupReport>(LookUpOnce(parts_, *ask.lookup)));
  } else if (ask.refresh != nullptr) {
    reporter_.Report(ask.refresh->account.id(),
                     std::make_shared<v1::RefreshReport>(
                         RefreshOnce(parts_, store_, *ask.refresh, ask.boot_deadline)));
  } else {
    reporter_.Report(ask.limits->account.id(),
                     std::make_shared<v1::LimitsReport>(ReadLimitsOnce(parts_, *ask.limits)));
  }
}

void SenderPool::AskLoop() {
  while (auto taken = asks_.Pop()) {
    Answer(taken->item);
    asks_.Done(taken->server);
  }
}

}  // namespace carillon::publisher
