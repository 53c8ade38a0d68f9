#include "common/kafka/log_reader.h"

#include <fmt/format.h>

#include <map>
#include <mutex>

#include "common/kafka/client.h"
#include "common/kafka/error.h"

namespace carillon::kafka {
namespace {

void Wake(rd_kafka_t*, void* opaque) { (*static_cast<std::function<void()>*>(opaque))(); }

Record ToRecord(const rd_kafka_message_t& message) {
  Record record;
  record.partition = message.partition;
  record.offset = message.offset;
  if (message.key != nullptr) {
    record.key.assign(static_cast<const char*>(message.key), message.key_len);
  }
  if (message.payload != nullptr) {
    record.value.emplace(static_cast<const char*>(message.payload), message.len);
  }
  rd_kafka_timestamp_type_t type;
  record.append_time = absl::FromUnixMillis(rd_kafka_message_timestamp(&message, &type));
  return record;
}

class QueueCursor : public Cursor {
 public:
  QueueCursor(rd_kafka_topic_t* topic, int partition, QueueHandle queue, std::function<void()> wake)
      : topic_(topic), partition_(partition), queue_(std::move(queue)), wake_(std::move(wake)) {
    if (wake_) rd_kafka_queue_cb_event_enable(queue_.get(), Wake, &wake_);
  }
  ~QueueCursor() override {
    if (wake_) rd_kafka_queue_cb_event_enable(queue_.get(), nullptr, nullptr);
    rd_kafka_consume_stop(topic_, partition_);
  }
  Status Begin(int64_t offset) {
    if (rd_kafka_consume_start_queue(topic_, partition_, offset, queue_.get()) == 0) return Ok();
    return ToStatus(rd_kafka_last_error(),
                    fmt::format("reading {}[{}]", rd_kafka_topic_name(topic_), partition_));
  }
  Result<std::optional<Record>> Next(absl::Duration wait_max) override;
  bool at_end() const override { return at_end_; }
  int64_t end() const override { return end_; }

 private:
  rd_kafka_topic_t* topic_;
  const int partition_;
  QueueHandle queue_;
  std::function<void()> wake_;
  bool at_end_ = false;
  int64_t end_ = 0;
};

class RdLogReader : public LogReader {
 public:
  explicit RdLogReader(ClientHandle client) : client_(std::move(client)) {}
  Result<std::unique_ptr<Cursor>> Open(const std::string& topic, int partition, int64_t offset,
                                       std::function<void()> wake) override;
  Result<int> PartitionCount(const std::string& topic, absl::Duration timeout) override;
  Result<Bounds> BoundsOf(const std::string& topic, int partition, absl::Duration timeout) override;

 private:
  rd_kafka_topic_t* Topic(const std::string& name);

  std::mutex mutex_;
  ClientHandle client_;
  std::map<std::string, TopicHandle> topics_;  // after the client: destroyed first
};

Result<std::optional<Record>> QueueCursor::Next(absl::Duration wait_max) {
  at_end_ = false;
  const MessageHandle message(rd_kafka_consume_queue(
      queue_.get(), static_cast<int>(absl::ToInt64Milliseconds(wait_max))));
  if (!message) return std::nullopt;
  switch (message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return std::optional<Record>(ToRecord(*message));
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      at_end_ = true;
      end_ = message->offset;
      return std::nullopt;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return MakeStatus(Code::kOutOfRange,
                        fmt::format("{}[{}]: the offset is not in the log any more",
                                    rd_kafka_topic_name(topic_), partition_));
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      return std::nullopt;  // librdkafka reconnects by itself
    default:
      return ToStatus(message->err, fmt::format("reading {}[{}]", rd_kafka_topic_name(topic_),
                                                partition_));
  }
}

rd_kafka_topic_t* RdLogReader::Topic(const std::string& name) {
  std::lock_guard lock(mutex_);
  TopicHandle& topic = topics_[name];
  if (!topic) topic.reset(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr));
  return topic.get();
}

Result<std::unique_ptr<Cursor>> RdLogReader::Open(const std::string& topic, int partition,
                                                  int64_t offset, std::function<void()> wake) {
  rd_kafka_topic_t* handle = Topic(topic);
  if (handle == nullptr) return ToStatus(rd_kafka_last_error(), "opening topic " + topic);
  auto cursor = std::make_unique<QueueCursor>(
      handle, partition, QueueHandle(rd_kafka_queue_new(client_.get())), std::move(wake));
  RETURN_IF_ERROR(cursor->Begin(offset));
  return cursor;
}

Result<int> RdLogReader::PartitionCount(const std::string& topic, absl::Duration timeout) {
  rd_kafka_topic_t* handle = Topic(topic);
  if (handle == nullptr) return ToStatus(rd_kafka_last_error(), "opening topic " + topic);
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(client_.get(), /*all_topics=*/0, handle, &metadata,
                                      static_cast<int>(absl::ToInt64Milliseconds(timeout)));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(code, "asking for topic " + topic);
  int count = 0;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    if (topic == metadata->topics[i].topic) count = metadata->topics[i].partition_cnt;
  }
  rd_kafka_metadata_destroy(metadata);
  return count;
}

Result<Bounds> RdLogReader::BoundsOf(const std::string& topic, int partition,
                                   absl::Duration timeout) {
  Bounds bounds;
  const auto code = rd_kafka_query_watermark_offsets(
      client_.get(), topic.c_str(), partition, &bounds.low, &bounds.high,
      static_cast<int>(absl::ToInt64Milliseconds(timeout)));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ToStatus(code, fmt::format("asking for the ends of {}[{}]", topic, partition));
  }
  return bounds;
}

}  // namespace

Result<std::unique_ptr<LogReader>> LogReader::Make(const std::string& brokers) {
  ASSIGN_OR_RETURN(ConfHandle conf,
                   MakeConf(brokers, {{"isolation.level", "read_committed"},
                                      {"enable.partition.eof", "true"},
                                      {"auto.offset.reset", "error"},
                                      {"fetch.wait.max.ms", "100"},
                                      {"fetch.error.backoff.ms", "100"},
                                      // A full queue makes librdkafka 2.0.2 wait a whole second before it fetches again
                                      // (its issue 2879): it must hold what a rebuilt copy takes in a second, for each
                                      // partition.
                                      {"queued.min.messages", "20000"},
                                      {"queued.max.messages.kbytes", "16384"}}));
  rd_kafka_conf_set_error_cb(conf.get(), nullptr);
  ASSIGN_OR_RETURN(ClientHandle client, MakeClient(RD_KAFKA_CONSUMER, std::move(conf)));
  return std::make_unique<RdLogReader>(std::move(client));
}

}  // namespace carillon::kafka
