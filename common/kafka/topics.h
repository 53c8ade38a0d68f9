// Creating and checking topics from the options on their proto messages.
#pragma once

#include <absl/time/time.h>
#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "common/base/status.h"

namespace carillon::kafka {

struct TopicSpec {
  std::string name;  // with the release's prefix
  int partitions = 0;
  std::vector<std::pair<std::string, std::string>> config;  // "cleanup.policy" -> "compact", ...
  bool any_partitions = false;  // another service's topic: its number of partitions is its own business
};

// The spec that a message type's topic option stands for; `shards` where the option leaves partitions open.
TopicSpec SpecOf(const std::string& release, const google::protobuf::Message& message, int shards);

// Dead letters of one service.
TopicSpec DeadLetterSpec(const std::string& release, const std::string& service);

// Checks that each topic exists with exactly its partitions (fixed for a topic's life: another count is FAILED_PRECONDITION); with
// `create_missing` makes those that are not there (replication: min(3, brokers)). Blocks up to `timeout`.
Status EnsureTopics(const std::string& brokers, const std::vector<TopicSpec>& specs,
                    bool create_missing, absl::Duration timeout);

}  // namespace carillon::kafka
