#include "services/publisher/effects/upload_pool.h"

#include <chrono>

#include "common/base/clock.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"

namespace carillon::publisher {
namespace {

// Where the queue is full.
constexpr absl::Duration kBusyWait = absl::Seconds(15);

void CountEnd(const char* how) {
  observe::Counter("upload_runs_total", "Runs of uploads by how they ended", {{"result", how}}).Increment();
}

}  // namespace

void UploadPool::Start() {
  for (int i = 0; i < options_.uploaders; ++i) threads_.emplace_back([this] { UploadLoop(); });
  threads_.emplace_back([this] { ReportLoop(); });
}

void UploadPool::Stop() {
  std::vector<FlightPtr> queued;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& [id, flight] : flights_) {
      if (!flight->is_running) queued.push_back(flight);
    }
    for (const FlightPtr& flight : queued) flights_.erase(flight->job->upload.id());
  }
  changed_.notify_all();
  for (const FlightPtr& flight : queued) ReportStopped(*flight, "STOPPING", absl::ZeroDuration());
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void UploadPool::Run(std::shared_ptr<const ledger::Effect> effect) {
  if (auto job = std::dynamic_pointer_cast<const UploadJob>(effect)) return Queue(std::move(job));
  if (auto stop = std::dynamic_pointer_cast<const UploadStop>(effect)) return GiveUp(stop->upload_id);
  next_.Run(std::move(effect));
}

void UploadPool::Queue(std::shared_ptr<const UploadJob> job) {
  auto flight = std::make_shared<Flight>();
  flight->job = job;
  const v1::UploadItem& item = job->upload.items(job->index);
  flight->resume = item.resume();
  flight->bytes_done = item.bytes_done();
  flight->reported_at = parts_.clock.BootTime();
  GiveUp(job->upload.id());
  {
    std::lock_guard lock(mutex_);
    if (!stopping_ && flights_.size() < options_.queue_max) {
      flights_[job->upload.id()] = std::move(flight);
      ShowCounts();
    }
  }
  changed_.notify_all();
  if (flight != nullptr) ReportStopped(*flight, "UPLOADERS_BUSY", kBusyWait);
}

void UploadPool::GiveUp(const std::string& upload_id) {
  std::lock_guard lock(mutex_);
  const auto found = flights_.find(upload_id);
  if (found == flights_.end()) return;
  found->second->is_given_up = true;
  flights_.erase(found);
  ShowCounts();
}

bool UploadPool::MayContinue(const Flight& flight) {
  std::lock_guard lock(mutex_);
  return !stopping_ && !flight.is_given_up;
}

// The first by due time of those whose account is free; nullptr: none. Called with the lock.
UploadPool::FlightPtr UploadPool::Next() {
  FlightPtr next;
  for (const auto& [id, flight] : flights_) {
    if (flight->is_running || of_account_.contains(flight->job->account.id())) continue;
    if (next == nullptr || FromProto(flight->job->upload.due_at()) < FromProto(next->job->upload.due_at())) next = flight;
  }
  return next;
}

void UploadPool::UploadLoop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const FlightPtr flight = Next();
    if (flight == nullptr) {
      changed_.wait(lock);
      continue;
    }
    const std::string account = flight->job->account.id();
    flight->is_running = true;
    of_account_[account] = flight;
    ShowCounts();
    lock.unlock();
    Fly(flight);
    lock.lock();
    of_account_.erase(account);
    const auto found = flights_.find(flight->job->upload.id());
    if (found != flights_.end() && found->second == flight) flights_.erase(found);
    ShowCounts();
    changed_.notify_all();
  }
}

void UploadPool::Fly(const FlightPtr& flight) {
  UploadWatch watch;
  watch.on_progress = [&](const std::string& resume, int64_t bytes_done) {
    std::lock_guard lock(mutex_);
    flight->is_news = flight->is_news || flight->resume != resume || flight->bytes_done != bytes_done;
    flight->resume = resume;
    flight->bytes_done = bytes_done;
  };
  watch.may_continue = [&] { return MayContinue(*flight); };
  const auto report = UploadOnce(parts_, *flight->job, options_.run_max, watch);
  const std::string& id = flight->job->upload.id();
  if (const auto* uploaded = std::get_if<v1::MediaUploaded>(&report)) {
    CountEnd("READY");
    return reporter_.Report(id, std::make_shared<v1::MediaUploaded>(*uploaded));
  }
  const auto& stopped = std::get<v1::UploadStopped>(report);
  CountEnd(stopped.refusal() == v1::REFUSAL_CLASS_UNSPECIFIED ? "STOPPED" : "REFUSED");
  if (stopped.refusal() != v1::REFUSAL_CLASS_UNSPECIFIED) {
    observe::Warn("an upload was refused", {{"upload", id}, {"reason", stopped.error_reason()}, {"error", stopped.error()}});
  }
  reporter_.Report(id, std::make_shared<v1::UploadStopped>(stopped));
}

void UploadPool::ReportLoop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_for(lock, absl::ToChronoMilliseconds(options_.look_pause));
    const absl::Duration now = parts_.clock.BootTime();
    std::vector<Flight> due;
    for (const auto& [id, flight] : flights_) {
      const absl::Duration silent = now - flight->reported_at;
      // The first word, which names what the platform calls the upload, does not wait.
      const bool tells = flight->is_news && (!flight->was_news || silent >= options_.report_pause);
      if (!tells && silent < options_.sign_of_life) continue;
      flight->was_news = flight->was_news || flight->is_news;
      flight->is_news = false;
      flight->reported_at = now;
      due.push_back(*flight);
    }
    lock.unlock();
    for (const Flight& flight : due) ReportProgress(flight);
    lock.lock();
  }
}

void UploadPool::ReportProgress(const Flight& flight) {
  const v1::MediaUpload& upload = flight.job->upload;
  auto report = std::make_shared<v1::UploadProgress>();
  report->set_upload_id(upload.id());
  report->set_run(upload.run());
  report->set_index(flight.job->index);
  report->set_resume(flight.resume);
  report->set_bytes_done(flight.bytes_done);
  reporter_.Tell(upload.id(), std::move(report), [this, job = flight.job](const Status& status) {
    // Where the log is not there nobody else can have the upload either: it goes on.
    const bool refused = status.code() == Code::kFailedPrecondition || status.code() == Code::kNotFound ||
                         ReasonOf(status) == "NOT_OWNER";
    if (!refused) return;
    std::lock_guard lock(mutex_);
    const auto found = flights_.find(job->upload.id());
    if (found == flights_.end() || found->second->job != job) return;
    found->second->is_given_up = true;
    flights_.erase(found);
  });
}

void UploadPool::ReportStopped(const Flight& flight, const char* reason, absl::Duration wait) {
  auto report = std::make_shared<v1::UploadStopped>();
  report->set_upload_id(flight.job->upload.id());
  report->set_run(flight.job->upload.run());
  report->set_index(flight.job->index);
  report->set_resume(flight.resume);
  report->set_bytes_done(flight.bytes_done);
  report->set_error_reason(reason);
  if (wait > absl::ZeroDuration()) *report->mutable_retry_at() = ToProto(parts_.clock.Now() + wait);
  reporter_.Report(flight.job->upload.id(), std::move(report));
}

// Called with the lock.
void UploadPool::ShowCounts() {
  observe::Gauge("uploads_running", "Uploads that a thread works on").Set(static_cast<double>(of_account_.size()));
  observe::Gauge("uploads_here", "Uploads that wait or run in this process").Set(static_cast<double>(flights_.size()));
}

}  // namespace carillon::publisher
