// Runs the publisher's effects: attempts, look-ups, token refreshes and readings of limits on bounded threads, credentials into the store, ends
// into the metrics. Run() is called on the shards' threads and never blocks. A job that finds the queue full is reported as not sent.
// The servers share threads, slots and queues (server_queue.h, slot_lines.h): one that hangs never has them all.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "services/publisher/client/credential_store.h"
#include "services/publisher/effects/refresh_task.h"
#include "services/publisher/effects/reporter.h"
#include "services/publisher/effects/send_task.h"
#include "services/publisher/effects/server_queue.h"
#include "services/publisher/effects/slot_lines.h"

namespace carillon::publisher {

struct PoolOptions {
  int senders = 32;
  int lookers = 4;  // look-ups, token refreshes, limits
  // Deliveries that may be SENDING at a time, for each sender: a commit takes longer than most sends, so some wait for their turn.
  int slots_per_sender = 8;
  size_t queue_max = 8'000;
};

class SenderPool : public ledger::EffectRunner, public SenderSlots {
 public:
  // Everything passed by reference outlives the pool.
  SenderPool(SendParts parts, CredentialStore& store, Reporter& reporter, const PoolOptions& options);
  ~SenderPool() override { Stop(); }

  void Start();
  // Finishes what runs; what is queued is reported as not sent, so that nothing waits for its send_before.
  void Stop();

  void Run(std::shared_ptr<const ledger::Effect> effect) override;
  bool Keep(const std::string& account_id, const std::string& server) override;

 private:
  struct Send {
    std::shared_ptr<const SendJob> job;
    absl::Duration boot_deadline;
  };
  // A look-up, a refresh, or what the server accepts.
  struct Ask {
    std::shared_ptr<const LookupJob> lookup;
    std::shared_ptr<const RefreshJob> refresh;
    std::shared_ptr<const ReadLimitsJob> limits;
    absl::Duration boot_deadline;  // of a refresh
  };
  void Queue(std::shared_ptr<const SendJob> job);
  void Queue(std::shared_ptr<const RefreshJob> job);
  void SendLoop();
  void AskLoop();
  void Drop(const SendJob& job, const char* reason);
  // One of that server's has ended: those whose turn it is are told.
  void End(const std::string& server);
  void Answer(const Ask& ask);

  SendParts parts_;
  CredentialStore& store_;
  Reporter& reporter_;
  const PoolOptions options_;
  ServerQueue<Send> sends_;
  ServerQueue<Ask> asks_;
  SlotLines slots_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace carillon::publisher
