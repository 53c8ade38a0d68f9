// Runs the publisher's effects: attempts, look-ups and token refreshes on bounded threads, credentials into the store, ends into the metrics.
// Run() is called on the shards' threads and never blocks. A job that finds the queue full is reported as not sent.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/bounded_queue.h"
#include "services/publisher/client/credential_store.h"
#include "services/publisher/effects/refresh_task.h"
#include "services/publisher/effects/reporter.h"
#include "services/publisher/effects/send_task.h"

namespace carillon::publisher {

struct PoolOptions {
  int senders = 32;
  int lookers = 4;  // look-ups and token refreshes
  // Deliveries that may be SENDING at a time, for each sender: a commit takes longer than most sends, so some wait for their turn.
  int slots_per_sender = 8;
  size_t queue_max = 8'000;
};

class SenderPool : public ledger::EffectRunner, public SenderSlots {
 public:
  // Everything passed by reference outlives the pool. `parts.save_handle` is set here.
  SenderPool(SendParts parts, CredentialStore& store, Reporter& reporter, const PoolOptions& options);
  ~SenderPool() override { Stop(); }

  void Start();
  // Finishes what runs; what is queued is reported as not sent, so that nothing waits for its send_before.
  void Stop();

  void Run(std::shared_ptr<const ledger::Effect> effect) override;
  bool Keep(const std::string& delivery_id, const std::string& server) override;

 private:
  struct Send {
    std::shared_ptr<const SendJob> job;
    absl::Duration boot_deadline;
  };
  // A look-up or a refresh.
  struct Ask {
    std::shared_ptr<const LookupJob> lookup;
    std::shared_ptr<const RefreshJob> refresh;
    absl::Duration boot_deadline;  // of a refresh
  };
  void Queue(std::shared_ptr<const SendJob> job);
  void Queue(std::shared_ptr<const RefreshJob> job);
  void SendLoop();
  void AskLoop();
  void Drop(const SendJob& job, const char* reason);
  void Count(int change);

  SendParts parts_;
  CredentialStore& store_;
  Reporter& reporter_;
  const PoolOptions options_;
  BoundedQueue<Send> sends_;
  BoundedQueue<Ask> asks_;
  std::mutex mutex_;
  int busy_ = 0;  // queued or running attempts
  bool stopping_ = false;
  std::map<std::string, absl::Duration> kept_;  // delivery -> until when, by boot time
  std::vector<std::thread> threads_;
};

}  // namespace carillon::publisher
