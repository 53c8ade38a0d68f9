// Runs uploads on threads of their own, so that a long one never takes a sender: those that are due first go first, and one account has one
// run at a time, so that a slow one never takes them all. What else the domain wants done goes on to `next`.
//
// Run() is called on the shards' threads and never blocks. While a run waits or works, the log hears of it: every few seconds how far it is,
// and at least that it is alive.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "services/publisher/effects/reporter.h"
#include "services/publisher/effects/upload_task.h"

namespace carillon::publisher {

struct UploadOptions {
  int uploaders = 8;
  size_t queue_max = 500;
  absl::Duration run_max = absl::Hours(1);
  absl::Duration report_pause = absl::Seconds(3);
  absl::Duration sign_of_life = absl::Seconds(10);  // well under Rules::upload_lease
  absl::Duration look_pause = absl::Milliseconds(500);
};

class UploadPool : public ledger::EffectRunner {
 public:
  // Everything passed by reference outlives the pool.
  UploadPool(UploadParts parts, Reporter& reporter, ledger::EffectRunner& next, const UploadOptions& options)
      : parts_(std::move(parts)), reporter_(reporter), next_(next), options_(options) {}
  ~UploadPool() override { Stop(); }

  // The reporter has to be started before.
  void Start();
  // Runs stop at their next chunk, and the log hears how far they are: whoever has their shard next goes on at once.
  void Stop();

  void Run(std::shared_ptr<const ledger::Effect> effect) override;

 private:
  // Of one run, from when it is queued to its end.
  struct Flight {
    std::shared_ptr<const UploadJob> job;
    std::string resume;
    int64_t bytes_done = 0;
    bool is_running = false;
    bool is_given_up = false;
    bool is_news = false;  // more than was reported
    bool was_news = false;
    absl::Duration reported_at;  // by boot time
  };
  using FlightPtr = std::shared_ptr<Flight>;

  void Queue(std::shared_ptr<const UploadJob> job);
  void GiveUp(const std::string& upload_id);
  FlightPtr Next();
  bool MayContinue(const Flight& flight);
  void Fly(const FlightPtr& flight);
  void UploadLoop();
  void ReportLoop();
  void ReportProgress(const Flight& flight);
  void ReportStopped(const Flight& flight, const char* reason, absl::Duration wait);
  void ShowCounts();

  const UploadParts parts_;
  Reporter& reporter_;
  ledger::EffectRunner& next_;
  const UploadOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::map<std::string, FlightPtr> flights_;     // by upload: the latest run of each
  std::map<std::string, FlightPtr> of_account_;  // by account: the one that is running, given up or not
  std::vector<std::thread> threads_;
};

}  // namespace carillon::publisher
