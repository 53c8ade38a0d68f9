#include "common/ledger/partition_directory.h"

#include <fmt/format.h>

#include "common/ledger/record.h"

namespace carillon::ledger {

Result<int> PartitionDirectory::PartitionsFor(const Proto& message) {
  const std::string topic = TopicName(options_.release, message);
  {
    std::lock_guard lock(mutex_);
    if (auto it = known_.find(topic); it != known_.end()) return it->second;
  }
  const absl::Duration timeout = absl::Seconds(5);
  ASSIGN_OR_RETURN(const int count, reader_.PartitionCount(topic, timeout));
  if (count == 0) {
    return MakeStatus(Code::kUnavailable,
                      fmt::format("topic {} does not exist yet; start the service that owns it",
                                  topic));
  }
  std::lock_guard lock(mutex_);
  known_[topic] = count;
  return count;
}

}  // namespace carillon::ledger
