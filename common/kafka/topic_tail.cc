#include "common/kafka/topic_tail.h"

#include <set>

#include "common/kafka/error.h"
#include "common/observe/log.h"

namespace carillon::kafka {
namespace {

constexpr int kPollMs = 100;
// Offsets before the end that a tail from the newest record begins with: transaction markers take offsets too.
constexpr int64_t kNewestOffsets = 20;

}  // namespace

Result<std::unique_ptr<TopicTail>> TopicTail::Start(const TailOptions& options,
                                                    Callback callback) {
  std::unique_ptr<TopicTail> tail(new TopicTail());
  ASSIGN_OR_RETURN(ConfHandle conf,
                   MakeConf(options.brokers, {{"group.id", "carillon-tail"},  // never joined
                                              {"isolation.level", "read_committed"},
                                              {"enable.partition.eof", "true"},
                                              {"enable.auto.commit", "false"},
                                              {"enable.auto.offset.store", "false"},
                                              {"auto.offset.reset", "earliest"},
                                              {"fetch.wait.max.ms", "100"},
                                              {"fetch.error.backoff.ms", "100"},
                                              {"queued.max.messages.kbytes", "4096"}}));
  rd_kafka_conf_set_error_cb(conf.get(), nullptr);
  ASSIGN_OR_RETURN(tail->client_, MakeClient(RD_KAFKA_CONSUMER, std::move(conf)));
  rd_kafka_poll_set_consumer(tail->client_.get());
  PartitionsHandle partitions(rd_kafka_topic_partition_list_new(options.partitions));
  for (int i = 0; i < options.partitions; ++i) {
    rd_kafka_topic_partition_list_add(partitions.get(), options.topic.c_str(), i)->offset =
        options.from_beginning ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_TAIL(kNewestOffsets);
  }
  RETURN_IF_ERROR(ToStatus(rd_kafka_assign(tail->client_.get(), partitions.get()),
                           "following " + options.topic));
  tail->behind_ = options.partitions;
  tail->thread_ = std::thread(
      [raw = tail.get(), options, callback = std::move(callback)] { raw->Run(options, callback); });
  return tail;
}

TopicTail::~TopicTail() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  if (client_) rd_kafka_consumer_close(client_.get());
}

void TopicTail::Run(TailOptions options, Callback callback) {
  std::set<int> behind;
  for (int i = 0; i < options.partitions; ++i) behind.insert(i);
  while (!stopping_) {
    const MessageHandle message(rd_kafka_consumer_poll(client_.get(), kPollMs));
    if (!message) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      behind.erase(message->partition);
      behind_ = static_cast<int>(behind.size());
      continue;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      observe::Debug("following a topic", {{"topic", options.topic},
                                           {"error", rd_kafka_err2name(message->err)}});
      continue;
    }
    Record record;
    record.partition = message->partition;
    record.offset = message->offset;
    if (message->key != nullptr) {
      record.key.assign(static_cast<const char*>(message->key), message->key_len);
    }
    if (message->payload != nullptr) {
      record.value.emplace(static_cast<const char*>(message->payload), message->len);
    }
    rd_kafka_timestamp_type_t type;
    record.append_time = absl::FromUnixMillis(rd_kafka_message_timestamp(message.get(), &type));
    callback(record);
  }
}

}  // namespace carillon::kafka
