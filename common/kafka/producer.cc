#include "common/kafka/producer.h"

#include <absl/time/clock.h>
#include <fmt/format.h>

#include "common/base/check.h"
#include "common/kafka/client.h"
#include "common/kafka/error.h"
#include "common/kafka/rd_group_identity.h"
#include "common/observe/log.h"

namespace carillon::kafka {
namespace {

// The outer bound of init_transactions: the coordinator may still be ending the predecessor's transaction.
constexpr int kInitTimeoutMs = 30'000;
constexpr int kUntilDone = -1;
constexpr int kLearnTimeoutMs = 2'000;

std::string Describe(const rd_kafka_error_t* error, std::string_view what) {
  return fmt::format("{}: {} ({})", what, rd_kafka_error_string(error), rd_kafka_error_name(error));
}

class RdProducer : public TransactionalProducer {
 public:
  ~RdProducer() override;
  Status Begin(const ProducerOptions& options);
  CommitResult Commit(const std::vector<OutRecord>& records, const GroupOffset& offset) override;

 private:
  static void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque);
  void LearnTopics(const std::vector<std::string>& names);
  CommitResult Failed(const rd_kafka_error_t* error, std::string_view what, bool committing);
  CommitResult AbortAfter(CommitResult result);
  CommitResult SendOffset(const GroupOffset& offset);

  ClientEvents events_;
  std::vector<Written> written_;
  absl::Duration slow_;
  ClientHandle client_;
  std::vector<TopicHandle> topics_;  // keeps what was learnt; last: destroyed first
};

Status RdProducer::Begin(const ProducerOptions& options) {
  const std::string timeout_ms =
      std::to_string(absl::ToInt64Milliseconds(options.transaction_timeout));
  ASSIGN_OR_RETURN(ConfHandle conf,
                   MakeConf(options.brokers, {{"transactional.id", options.transactional_id},
                                              {"transaction.timeout.ms", timeout_ms},
                                              {"message.timeout.ms", timeout_ms},
                                              {"socket.timeout.ms", timeout_ms},
                                              {"linger.ms", "1"},
                                              {"compression.type", "lz4"},
                                              {"retry.backoff.ms", "20"},
                                              {"message.max.bytes", std::to_string(options.record_bytes_max)}}));
  rd_kafka_conf_set_dr_msg_cb(conf.get(), &RdProducer::OnDelivery);
  rd_kafka_conf_set_opaque(conf.get(), &events_);
  slow_ = options.transaction_timeout / 2;  // the socket timeout is the same
  ASSIGN_OR_RETURN(client_, MakeClient(RD_KAFKA_PRODUCER, std::move(conf)));
  const ErrorHandle error(rd_kafka_init_transactions(client_.get(), kInitTimeoutMs));
  if (error) {
    return MakeStatus(Code::kUnavailable,
                      Describe(error.get(), "init_transactions " + options.transactional_id));
  }
  LearnTopics(options.topics);
  return Ok();
}

// Only makes the first commit quicker: what is not answered is learnt when it is written to.
void RdProducer::LearnTopics(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (TopicHandle topic(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr)); topic) {
      topics_.push_back(std::move(topic));
    }
  }
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(client_.get(), /*all_topics=*/0, nullptr, &metadata, kLearnTimeoutMs);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_metadata_destroy(metadata);
}

RdProducer::~RdProducer() {
  if (!client_) return;
  // Whatever is still queued belongs to a transaction that is over.
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_poll(client_.get(), 0);
}

void RdProducer::OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  // The record's opaque is its slot: (producer, index) can't be one pointer, so the vector's element is passed.
  auto* slot = static_cast<Written*>(message->_private);
  if (slot == nullptr || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  slot->offset = message->offset;
  rd_kafka_timestamp_type_t type;
  const int64_t timestamp_ms = rd_kafka_message_timestamp(message, &type);
  if (type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME) {
    slot->append_time = absl::FromUnixMillis(timestamp_ms);
  }
}

CommitResult RdProducer::Failed(const rd_kafka_error_t* error, std::string_view what,
                                           bool committing) {
  CommitResult result;
  result.verdict = VerdictOf(error, committing);
  result.status = MakeStatus(Code::kUnavailable, Describe(error, what));
  const auto code = rd_kafka_error_code(error);
  result.not_a_member = IsMembershipError(code);
  result.fenced = IsFenced(code) || IsFenced(rd_kafka_fatal_error(client_.get(), nullptr, 0));
  return result;
}

CommitResult RdProducer::AbortAfter(CommitResult result) {
  if (result.verdict == Verdict::kRecreate || result.verdict == Verdict::kUncertain) return result;
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  const ErrorHandle error(rd_kafka_abort_transaction(client_.get(), kUntilDone));
  if (error) {
    observe::Debug("abort_transaction failed", {{"error", rd_kafka_error_string(error.get())}});
    result.verdict = Verdict::kRecreate;
  } else {
    result.verdict = Verdict::kAbort;
  }
  return result;
}

CommitResult RdProducer::SendOffset(const GroupOffset& offset) {
  if (!offset.member) return {};
  PartitionsHandle offsets(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(offsets.get(), offset.topic.c_str(), offset.partition)->offset =
      offset.next_offset;
  const auto* metadata = static_cast<const RdGroupIdentity&>(*offset.member).metadata.get();
  const ErrorHandle error(rd_kafka_send_offsets_to_transaction(client_.get(), offsets.get(), metadata, kUntilDone));
  if (!error) return {};
  CommitResult result = Failed(error.get(), "send_offsets_to_transaction", false);
  if (result.not_a_member && result.verdict == Verdict::kRetry) result.verdict = Verdict::kAbort;
  return result;
}

CommitResult RdProducer::Commit(const std::vector<OutRecord>& records,
                                           const GroupOffset& offset) {
  const int64_t errors_before = events_.transport_errors.load();
  const absl::Time start = absl::Now();
  written_.assign(records.size(), Written{});
  if (const ErrorHandle error(rd_kafka_begin_transaction(client_.get())); error) {
    CommitResult result = Failed(error.get(), "begin_transaction", false);
    if (result.verdict != Verdict::kAbort) result.verdict = Verdict::kRecreate;
    return result;
  }
  for (size_t i = 0; i < records.size(); ++i) {
    const OutRecord& record = records[i];
    void* value = record.value ? const_cast<char*>(record.value->data()) : nullptr;
    const size_t value_size = record.value ? record.value->size() : 0;
    const auto code = rd_kafka_producev(
        client_.get(), RD_KAFKA_V_TOPIC(record.topic.c_str()),
        RD_KAFKA_V_PARTITION(record.partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(record.key.data(), record.key.size()),
        RD_KAFKA_V_VALUE(value, value_size),
        RD_KAFKA_V_OPAQUE(&written_[i]), RD_KAFKA_V_END);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      CommitResult result;
      result.verdict = Verdict::kAbort;
      result.status = ToStatus(code, "producing to " + record.topic);
      return AbortAfter(std::move(result));
    }
  }
  if (CommitResult sent = SendOffset(offset); sent.verdict != Verdict::kOk) {
    return AbortAfter(std::move(sent));
  }
  if (const ErrorHandle error(rd_kafka_commit_transaction(client_.get(), kUntilDone)); error) {
    return AbortAfter(Failed(error.get(), "commit_transaction", /*committing=*/true));
  }
  CommitResult result;
  result.written = written_;
  const bool connection_broke = events_.transport_errors.load() != errors_before;
  result.replace_producer = connection_broke || absl::Now() - start > slow_;
  return result;
}

}  // namespace

Result<std::unique_ptr<TransactionalProducer>> TransactionalProducer::Make(
    const ProducerOptions& options) {
  auto producer = std::make_unique<RdProducer>();
  RETURN_IF_ERROR(producer->Begin(options));
  return producer;
}

}  // namespace carillon::kafka
