// Keeps the streams of the accounts that this process owns, and hands in what they bring.
//
// Nothing rests on a stream: whenever one may have missed something (it began, it ended, it brought more than there was room for) its
// accounts are polled at once, or, of an app's stream, its terms are searched for. So queues and retries are bounded, and what does not fit
// becomes such a poll.
//
// An app's stream serves all accounts of its organization, whoever owns these: the owner of the shard that the stream's name falls into
// keeps it, so that there is one connection, and sends what it brings to the accounts' owners. While the owner changes there may be two
// for a moment: the platform refuses the second, which is tried again.
//
//   connections  ──a text is read──►  queue  ──names are filled in──►  the Ledger (one worker)
//   keeper (one thread): which accounts are ours, which connections are missing, which polls are owed
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "carillon/listener/v1/internal.pb.h"
#include "common/base/bounded_queue.h"
#include "common/base/clock.h"
#include "common/base/runtime.h"
#include "common/http/websocket_client.h"
#include "common/ledger/ledger.h"
#include "common/ledger/reader.h"
#include "common/platform/registry.h"
#include "services/listener/ports.h"
#include "services/listener/stream/stream_link.h"

namespace carillon::listener {

struct StreamOptions {
  bool enabled = true;
  absl::Duration scan_interval = absl::Seconds(10);  // how soon a new account or query is seen
  absl::Duration silence_max = absl::Seconds(60);
  absl::Duration backoff_min = absl::Seconds(1);
  absl::Duration backoff_max = absl::Minutes(5);
  // An older cursor is not gone back to: polling has told what came since.
  absl::Duration replay_max = absl::Minutes(10);
  // Of accounts that have a connection each: in all, and to one server, which counts them by our address. Accounts beyond are polled only.
  int connections_max = 2000;
  int connections_per_server_max = 1000;
  int queue_max = 4096;
  int polls_owed_at_once = 500;  // handed in with each scan
  absl::Duration backoff_refused = absl::Minutes(1);  // at first, where a platform says that it is too often
  // Posts that one stream of an app may bring on a day (UTC), for each is billed (X). Beyond, terms are searched for alone until the next.
  int64_t app_posts_per_day_max = 10'000;
};

class StreamKeeper {
 public:
  // Everything outlives it.
  StreamKeeper(const StreamOptions& options, const platform::Registry& platforms,
               http::WebSocketClient& sockets, http::WebSocketClient& lines, const Clock& clock, Runtime& runtime);
  ~StreamKeeper();

  // Takes commands for accounts that others own to them; blocks until `deadline` at most.
  using SubmitElsewhere = std::function<std::vector<ledger::Answer>(std::vector<ledger::Input>, absl::Time deadline)>;
  // Once, before Start(). Without `elsewhere` an app's stream serves the accounts that are owned here.
  void Bind(ledger::Ledger& ledger, ledger::Reader& reader, AccessSource& access, SubmitElsewhere elsewhere = nullptr);
  void Start();
  void Stop();

  // Its stream stands: what is said to it will be pushed. Thread-safe.
  bool IsStreamed(const std::string& account_id) const;

 private:
  using LinkPtr = std::shared_ptr<StreamLink>;
  // What one link is to be for, as the ledger has it now.
  struct Wish {
    platform::Streamer* streamer = nullptr;
    std::string org_id;                                     // of an app's
    std::map<std::string, std::vector<std::string>> terms;  // by account
    std::string cursor;                                     // the newest that is in the log
  };

  void Keep();
  Status Scan();
  bool Owns(const std::string& id) const;
  // Empty: not here.
  std::string LinkKeyOf(const v1::Collection& collection) const;
  void Reconcile(std::map<std::string, Wish> wishes);
  void Open(const std::string& key, const Wish& wish);
  void BackOff(StreamLink& link, const Wish& wish);
  bool HasRoom(const std::string& server) const;
  Status Serve(const LinkPtr& link, const std::shared_ptr<const platform::StreamAudience>& audience);
  Result<std::shared_ptr<const platform::StreamAudience>> AudienceOf(const Wish& wish);
  void Connect(const LinkPtr& link, const platform::StreamPlan& plan);
  void OnText(StreamLink& link, std::string_view text);
  void OnEnd(StreamLink& link, const Status& why);
  void CountPost(StreamLink& link);
  // Something of this text was not handed in.
  void OweFor(platform::Streamer& streamer, const std::vector<platform::Pushed>& pushed);
  void PayOwed();

  void Work();
  void HandIn(std::vector<StreamItem> items);
  void OwePoll(const std::string& account_id);
  void OweSearch(const std::string& account_id, const std::string& term);
  // For each: true if nothing of it is left to do.
  std::vector<bool> SubmitAll(std::vector<std::shared_ptr<v1::PushReport>> reports);

  const StreamOptions options_;
  const platform::Registry& platforms_;
  http::WebSocketClient& sockets_;
  http::WebSocketClient& lines_;
  const Clock& clock_;
  Runtime& runtime_;
  ledger::Ledger* ledger_ = nullptr;
  ledger::Reader* reader_ = nullptr;
  AccessSource* access_ = nullptr;
  SubmitElsewhere elsewhere_;

  std::atomic<bool> stopping_{false};
  const std::unique_ptr<Wakeup> wake_;
  BoundedQueue<StreamItem> queue_;
  std::minstd_rand random_;                // of the keeper's thread
  std::map<std::string, LinkPtr> links_;   // of the keeper's thread
  mutable std::mutex mutex_;
  std::map<std::string, LinkPtr> by_account_;
  std::set<std::string> owed_;  // accounts to be polled
  std::map<std::string, std::set<std::string>> owed_searches_;  // by account: terms to be searched for
  // Of the worker: up to where the log has it, and up to where this batch goes.
  std::map<platform::Streamer*, std::pair<std::string, std::string>> worker_cursors_;
  std::unique_ptr<Task> keeper_, worker_;
};

}  // namespace carillon::listener
