#include "common/kafka/group_member.h"

#include <atomic>
#include <thread>

#include "common/kafka/client.h"
#include "common/kafka/error.h"
#include "common/kafka/rd_group_identity.h"

namespace carillon::kafka {
namespace {

constexpr int kPollMs = 100;

class RdGroupMember : public GroupMember {
 public:
  explicit RdGroupMember(Listener listener) : listener_(std::move(listener)) {}
  ~RdGroupMember() override;

  Status Begin(const GroupOptions& options);
  GroupIdentityPtr Identity() const override;

 private:
  static void OnRebalance(rd_kafka_t* client, rd_kafka_resp_err_t code,
                          rd_kafka_topic_partition_list_t* partitions, void* opaque);
  void Rebalance(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions);
  void Run();

  Listener listener_;
  ClientHandle client_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

Status RdGroupMember::Begin(const GroupOptions& options) {
  ASSIGN_OR_RETURN(
      ConfHandle conf,
      MakeConf(options.brokers,
               {{"group.id", options.group},
                {"client.id", options.client_id},
                {"partition.assignment.strategy", "range"},
                {"enable.auto.commit", "false"},
                {"enable.auto.offset.store", "false"},
                {"auto.offset.reset", "latest"},  // never fetched: positions live in the log
                {"session.timeout.ms", std::to_string(options.session_timeout_ms)},
                {"heartbeat.interval.ms", std::to_string(options.session_timeout_ms / 5)},
                {"max.poll.interval.ms", "60000"}}));
  rd_kafka_conf_set_rebalance_cb(conf.get(), &RdGroupMember::OnRebalance);
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_error_cb(conf.get(), nullptr);  // the opaque is not a ClientEvents
  ASSIGN_OR_RETURN(client_, MakeClient(RD_KAFKA_CONSUMER, std::move(conf)));
  rd_kafka_poll_set_consumer(client_.get());
  PartitionsHandle topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), options.topic.c_str(), RD_KAFKA_PARTITION_UA);
  RETURN_IF_ERROR(ToStatus(rd_kafka_subscribe(client_.get(), topics.get()),
                           "joining the consumer group " + options.group));
  thread_ = std::thread([this] { Run(); });
  return Ok();
}

RdGroupMember::~RdGroupMember() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  if (client_) rd_kafka_consumer_close(client_.get());
}

void RdGroupMember::Run() {
  while (!stopping_) {
    // Partitions are paused; a message that slipped in before the pause is dropped, its offset is never stored.
    MessageHandle message(rd_kafka_consumer_poll(client_.get(), kPollMs));
  }
}

GroupIdentityPtr RdGroupMember::Identity() const {
  return std::make_shared<RdGroupIdentity>(
      GroupMetadataHandle(rd_kafka_consumer_group_metadata(client_.get())));
}

void RdGroupMember::OnRebalance(rd_kafka_t*, rd_kafka_resp_err_t code,
                              rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  static_cast<RdGroupMember*>(opaque)->Rebalance(code, partitions);
}

void RdGroupMember::Rebalance(rd_kafka_resp_err_t code,
                            rd_kafka_topic_partition_list_t* partitions) {
  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    std::set<int> assigned;
    for (int i = 0; i < partitions->cnt; ++i) assigned.insert(partitions->elems[i].partition);
    rd_kafka_assign(client_.get(), partitions);
    rd_kafka_pause_partitions(client_.get(), partitions);
    listener_(assigned, /*lost=*/false);
    return;
  }
  const bool lost = rd_kafka_assignment_lost(client_.get()) != 0;
  rd_kafka_assign(client_.get(), nullptr);
  // A planned revocation is the first half of a rebalance: what stays ours goes on, and the assignment that follows says what.
  if (lost || stopping_) {
    listener_({}, /*lost=*/true);
  }
}

}  // namespace

Result<std::unique_ptr<GroupMember>> GroupMember::Join(const GroupOptions& options,
                                                       Listener listener) {
  auto member = std::make_unique<RdGroupMember>(std::move(listener));
  RETURN_IF_ERROR(member->Begin(options));
  return member;
}

}  // namespace carillon::kafka
