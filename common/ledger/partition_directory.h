// How many partitions each topic has that we send to. Asked once, then remembered: the number is fixed for a topic's life.
// Thread-safe; the first call for a topic blocks on Kafka.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "common/base/status.h"
#include "common/kafka/log_reader.h"
#include "common/ledger/decide.h"
#include "common/ledger/ledger.h"

namespace carillon::ledger {

class PartitionDirectory {
 public:
  PartitionDirectory(const Options& options, kafka::LogReader& reader)
      : options_(options), reader_(reader) {}

  // Of the topic that the message's type names; UNAVAILABLE if there is none (the Ledger's start makes what Domain::Sends() names).
  Result<int> PartitionsFor(const Proto& message);

 private:
  const Options& options_;
  kafka::LogReader& reader_;
  std::mutex mutex_;
  std::map<std::string, int> known_;
};

}  // namespace carillon::ledger
