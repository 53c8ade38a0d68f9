// Plain reads of single partitions, committed records only. One client for many partitions; each (topic, partition) may be open once.
// Open and the cursors are used by one thread each; different partitions by different threads at once.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/base/status.h"

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

class Cursor {
 public:
  virtual ~Cursor() = default;
  // The next record; nothing if there is none within `wait_max` (0: at once). OUT_OF_RANGE: the offset is not in the log.
  virtual Result<std::optional<Record>> Next(absl::Duration wait_max) = 0;
  // True if the last Next() met the end of what is committed now.
  virtual bool at_end() const = 0;
  // With at_end(): where that end is, behind control records and aborted ones too. No message that was not given lies before it.
  virtual int64_t end() const = 0;
};

class LogReader {
 public:
  static constexpr int64_t kBeginning = -2;  // librdkafka's number for it

  static Result<std::unique_ptr<LogReader>> Make(const std::string& brokers);
  virtual ~LogReader() = default;

  // Reads from `offset`. `wake` (may be null) is called from another thread when records wait where there were none; it must not
  // block.
  virtual Result<std::unique_ptr<Cursor>> Open(const std::string& topic, int partition,
                                               int64_t offset,
                                               std::function<void()> wake = nullptr) = 0;
  // 0: there is no such topic.
  virtual Result<int> PartitionCount(const std::string& topic, absl::Duration timeout) = 0;
  virtual Result<Bounds> BoundsOf(const std::string& topic, int partition,
                                  absl::Duration timeout) = 0;
};

}  // namespace carillon::kafka
