// Plain reads of single partitions, committed records only. One client for many partitions; each (topic, partition) may be open once.
// Open and the cursors are used by one thread each; different partitions by different threads at once.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "common/base/status.h"
#include "common/kafka/client.h"

namespace carillon::kafka {

struct Record {
  int partition = 0;
  int64_t offset = -1;
  std::string key;
  std::optional<std::string> value;  // nothing: a tombstone
  absl::Time append_time;
};

struct Bounds {
  int64_t low = 0;   // the first offset that is kept
  int64_t high = 0;  // the last stable offset; may lag behind what was just acknowledged
};

class LogReader;

class Cursor {
 public:
  ~Cursor();
  // The next record; nothing if there is none within `wait_max` (0: at once). OUT_OF_RANGE: the offset is not in the log.
  Result<std::optional<Record>> Next(absl::Duration wait_max);
  // True if the last Next() met the end of what is committed now.
  bool at_end() const { return at_end_; }

 private:
  friend class LogReader;
  Cursor(rd_kafka_topic_t* topic, int partition, QueueHandle queue);
  rd_kafka_topic_t* topic_;
  const int partition_;
  QueueHandle queue_;
  std::function<void()> wake_;
  bool at_end_ = false;
};

class LogReader {
 public:
  static constexpr int64_t kBeginning = RD_KAFKA_OFFSET_BEGINNING;

  static Result<std::unique_ptr<LogReader>> Make(const std::string& brokers);
  ~LogReader();

  // Reads from `offset`. `wake` (may be null) is called from librdkafka's thread when records wait where there were none; it must
  // not block.
  Result<std::unique_ptr<Cursor>> Open(const std::string& topic, int partition, int64_t offset,
                                       std::function<void()> wake = nullptr);
  // 0: there is no such topic.
  Result<int> PartitionCount(const std::string& topic, absl::Duration timeout);
  Result<Bounds> BoundsOf(const std::string& topic, int partition, absl::Duration timeout);

 private:
  LogReader() = default;
  rd_kafka_topic_t* Topic(const std::string& name);

  std::mutex mutex_;
  ClientHandle client_;
  std::map<std::string, TopicHandle> topics_;  // after the client: destroyed first
};

}  // namespace carillon::kafka
