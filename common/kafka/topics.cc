#include "common/kafka/topics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "carillon/common/v1/topic.pb.h"
#include "common/base/check.h"
#include "common/kafka/client.h"
#include "common/kafka/error.h"

namespace carillon::kafka {
namespace {

constexpr int64_t kDayMs = 24LL * 3600 * 1000;
constexpr int64_t kMinCompactionLagMs = 7 * kDayMs;
constexpr int64_t kMaxCompactionLagMs = 30 * kDayMs;
constexpr int64_t kDeleteRetentionMs = 7 * kDayMs;

using MetadataHandle =
    std::unique_ptr<const rd_kafka_metadata_t, Deleter<rd_kafka_metadata_destroy>>;
using NewTopicHandle = std::unique_ptr<rd_kafka_NewTopic_t, Deleter<rd_kafka_NewTopic_destroy>>;
using OptionsHandle =
    std::unique_ptr<rd_kafka_AdminOptions_t, Deleter<rd_kafka_AdminOptions_destroy>>;

Result<MetadataHandle> Metadata(rd_kafka_t* client, absl::Duration timeout) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(client, /*all_topics=*/1, nullptr, &metadata,
                                      static_cast<int>(absl::ToInt64Milliseconds(timeout)));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(code, "no answer from the Kafka brokers");
  return MetadataHandle(metadata);
}

int PartitionsOf(const rd_kafka_metadata_t& metadata, const std::string& name) {
  for (int i = 0; i < metadata.topic_cnt; ++i) {
    const auto& topic = metadata.topics[i];
    if (name == topic.topic && topic.err == RD_KAFKA_RESP_ERR_NO_ERROR) return topic.partition_cnt;
  }
  return 0;
}

Status Create(rd_kafka_t* client, const std::vector<TopicSpec>& specs, int replication,
              absl::Duration timeout) {
  std::vector<NewTopicHandle> topics;
  std::array<char, 512> why{};
  for (const TopicSpec& spec : specs) {
    topics.emplace_back(rd_kafka_NewTopic_new(spec.name.c_str(), spec.partitions, replication,
                                              why.data(), why.size()));
    if (!topics.back()) return MakeStatus(Code::kInvalidArgument, why.data());
    for (const auto& [name, value] : spec.config) {
      rd_kafka_NewTopic_set_config(topics.back().get(), name.c_str(), value.c_str());
    }
  }
  std::vector<rd_kafka_NewTopic_t*> raw;
  for (auto& topic : topics) raw.push_back(topic.get());
  OptionsHandle options(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS));
  const int timeout_ms = static_cast<int>(absl::ToInt64Milliseconds(timeout));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, why.data(), why.size());
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), timeout_ms, why.data(), why.size());
  QueueHandle queue(rd_kafka_queue_new(client));
  rd_kafka_CreateTopics(client, raw.data(), raw.size(), options.get(), queue.get());
  EventHandle event(rd_kafka_queue_poll(queue.get(), timeout_ms + 1000));
  if (!event) return MakeStatus(Code::kUnavailable, "creating topics: no answer from Kafka");
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ToStatus(rd_kafka_event_error(event.get()), "creating topics");
  }
  size_t count = 0;
  const auto* result = rd_kafka_event_CreateTopics_result(event.get());
  const auto** results = rd_kafka_CreateTopics_result_topics(result, &count);
  for (size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(results[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      continue;
    }
    const char* text = rd_kafka_topic_result_error_string(results[i]);
    return MakeStatus(Code::kFailedPrecondition,
                      fmt::format("topic {} can't be created: {}",
                                  rd_kafka_topic_result_name(results[i]), text ? text : "?"));
  }
  return Ok();
}

}  // namespace

TopicSpec SpecOf(const std::string& release, const google::protobuf::Message& message,
                 int shards) {
  const auto& type_options = message.GetDescriptor()->options();
  CARILLON_CHECK(type_options.HasExtension(common::v1::topic), "{} has no topic option",
                 message.GetTypeName());
  const common::v1::TopicOptions& option = type_options.GetExtension(common::v1::topic);
  TopicSpec spec{release + "." + option.name(),
                 option.partitions() > 0 ? option.partitions() : shards,
                 {{"message.timestamp.type", "LogAppendTime"}}};
  if (option.cleanup() == common::v1::CLEANUP_COMPACT) {
    const int64_t min_lag = option.min_compaction_lag_ms() ? option.min_compaction_lag_ms()
                                                           : kMinCompactionLagMs;
    const int64_t max_lag = option.max_compaction_lag_ms() ? option.max_compaction_lag_ms()
                                                           : kMaxCompactionLagMs;
    spec.config.emplace_back("cleanup.policy", "compact");
    spec.config.emplace_back("min.compaction.lag.ms", std::to_string(min_lag));
    spec.config.emplace_back("max.compaction.lag.ms", std::to_string(max_lag));
    spec.config.emplace_back("delete.retention.ms", std::to_string(kDeleteRetentionMs));
  } else {
    spec.config.emplace_back("cleanup.policy", "delete");
    spec.config.emplace_back("retention.ms", std::to_string(option.retention_ms()));
  }
  return spec;
}

TopicSpec DeadLetterSpec(const std::string& release, const std::string& service) {
  return {release + "." + service + ".deadletter.v1",
          1,
          {{"message.timestamp.type", "LogAppendTime"},
           {"cleanup.policy", "delete"},
           {"retention.ms", std::to_string(30 * kDayMs)}}};
}

Status EnsureTopics(const std::string& brokers, const std::vector<TopicSpec>& specs,
                    bool create_missing, absl::Duration timeout) {
  ASSIGN_OR_RETURN(ConfHandle conf, MakeConf(brokers, {}));
  ASSIGN_OR_RETURN(ClientHandle client, MakeClient(RD_KAFKA_PRODUCER, std::move(conf)));
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    ASSIGN_OR_RETURN(const MetadataHandle metadata, Metadata(client.get(), timeout));
    std::vector<TopicSpec> missing;
    for (const TopicSpec& spec : specs) {
      const int partitions = PartitionsOf(*metadata, spec.name);
      if (partitions == 0) {
        missing.push_back(spec);
      } else if (partitions != spec.partitions && !spec.any_partitions) {
        return MakeStatus(Code::kFailedPrecondition,
                          fmt::format("topic {} has {} partitions, but --shards asks for {}; the "
                                      "number is fixed for a topic's life",
                                      spec.name, partitions, spec.partitions));
      }
    }
    if (missing.empty()) return Ok();
    if (!create_missing) {
      return MakeStatus(Code::kFailedPrecondition,
                        fmt::format("topic {} does not exist; start once with --first-start to "
                                    "create it, or check --release and --kafka",
                                    missing.front().name));
    }
    RETURN_IF_ERROR(Create(client.get(), missing, std::min(3, metadata->broker_cnt), timeout));
    if (absl::Now() > deadline) {
      return MakeStatus(Code::kUnavailable, "topics were created but are not visible yet");
    }
    rd_kafka_poll(client.get(), 50);  // metadata follows creation after a moment
  }
}

}  // namespace carillon::kafka
