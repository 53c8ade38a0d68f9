// Follows all partitions of one topic on a thread of its own, committed records only, and hands each record to a callback. For small
// topics that every process reads whole: the control topic (from its newest record), the credentials (from the beginning).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "common/base/status.h"
#include "common/kafka/client.h"
#include "common/kafka/log_reader.h"

namespace carillon::kafka {

struct TailOptions {
  std::string brokers;
  std::string topic;
  int partitions = 1;
  bool from_beginning = false;  // false: from about the newest record (a few before it)
};

class TopicTail {
 public:
  // Called on the tail's thread, in order within a partition; must not block for long.
  using Callback = std::function<void(const Record& record)>;

  static Result<std::unique_ptr<TopicTail>> Start(const TailOptions& options, Callback callback);
  ~TopicTail();

  // True once every partition's end, as it was at the start, has been read.
  bool CaughtUp() const { return behind_.load() == 0; }

 private:
  TopicTail() = default;
  void Run(TailOptions options, Callback callback);

  ClientHandle client_;
  std::atomic<int> behind_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace carillon::kafka
