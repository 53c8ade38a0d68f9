// Membership in a consumer group: who should serve which partition of one topic. It never fetches: its partitions are paused, and
// data is read by LogReader. Its metadata fences a transaction: a stranger's is refused by the broker.
//
// The listener is called on the member's own thread and must not block. Thread-safe otherwise.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "common/base/status.h"
#include "common/kafka/client.h"

namespace carillon::kafka {

struct GroupOptions {
  std::string brokers;
  std::string group;
  std::string topic;
  std::string client_id;
  int session_timeout_ms = 10'000;
};

class GroupMember {
 public:
  // `lost`: the assignment was taken away without being asked; nothing may be kept. Else `partitions` is the whole new assignment:
  // what was held before and is in it goes on untouched.
  using Listener = std::function<void(const std::set<int>& partitions, bool lost)>;

  static Result<std::unique_ptr<GroupMember>> Join(const GroupOptions& options, Listener listener);
  ~GroupMember();  // leaves the group

  // This member's identity and generation, for send_offsets_to_transaction. Never null.
  GroupMetadataHandle Metadata() const;
  bool joined() const { return joined_.load(); }

 private:
  GroupMember(Listener listener) : listener_(std::move(listener)) {}
  static void OnRebalance(rd_kafka_t* client, rd_kafka_resp_err_t code,
                          rd_kafka_topic_partition_list_t* partitions, void* opaque);
  void Rebalance(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions);
  void Run();

  Listener listener_;
  ClientHandle client_;
  std::atomic<bool> joined_{false};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace carillon::kafka
