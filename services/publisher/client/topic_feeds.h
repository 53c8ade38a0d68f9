// Feeds the control board and the credential store from their topics, on threads of their own. Until a topic can be read it tries
// again every two seconds; nothing is sent meanwhile, because the control view is not fresh.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "common/kafka/topic_tail.h"
#include "common/ledger/ledger.h"
#include "services/publisher/client/control_board.h"
#include "services/publisher/client/credential_store.h"

namespace carillon::publisher {

class TopicFeeds {
 public:
  // What is passed by reference outlives Stop().
  TopicFeeds(const ledger::Options& options, ControlBoard& control, CredentialStore& credentials)
      : options_(options), control_(control), credentials_(credentials) {}
  ~TopicFeeds() { Stop(); }
  TopicFeeds(const TopicFeeds&) = delete;
  TopicFeeds& operator=(const TopicFeeds&) = delete;

  void Start();
  void Stop();

 private:
  void Run();
  Status OpenBoth();

  const ledger::Options options_;
  ControlBoard& control_;
  CredentialStore& credentials_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
  std::unique_ptr<kafka::TopicTail> control_tail_;
  std::unique_ptr<kafka::TopicTail> credential_tail_;
};

}  // namespace carillon::publisher
