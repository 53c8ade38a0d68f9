// All that the Ledger needs of Kafka, in one port: the brokers in a service, a log in memory in the simulation. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/kafka/group_member.h"
#include "common/kafka/log_reader.h"
#include "common/kafka/producer.h"
#include "common/kafka/topics.h"

namespace carillon::kafka {

class Cluster {
 public:
  virtual ~Cluster() = default;
  // Fences every earlier producer with that id; blocks. `options.brokers` is the cluster's own business.
  virtual Result<std::unique_ptr<TransactionalProducer>> MakeProducer(ProducerOptions options) = 0;
  virtual Result<std::unique_ptr<LogReader>> MakeReader() = 0;
  virtual Result<std::unique_ptr<GroupMember>> Join(GroupOptions options,
                                                    GroupMember::Listener listener) = 0;
  virtual Status EnsureTopics(const std::vector<TopicSpec>& specs, bool create_missing,
                              absl::Duration timeout) = 0;
};

std::unique_ptr<Cluster> MakeCluster(std::string brokers);

}  // namespace carillon::kafka
