// Membership in a consumer group: who should serve which partition of one topic. It never fetches: its partitions are paused, and
// data is read by LogReader. Its identity fences a transaction: a stranger's is refused by the broker.
//
// The listener is called on the member's own thread and must not block. Thread-safe otherwise.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "common/base/status.h"

namespace carillon::kafka {

struct GroupOptions {
  std::string brokers;
  std::string group;
  std::string topic;
  std::string client_id;
  int session_timeout_ms = 10'000;
};

// Who a member is, in which generation. Opaque; only the cluster that gave it understands it.
class GroupIdentity {
 public:
  virtual ~GroupIdentity() = default;
};
using GroupIdentityPtr = std::shared_ptr<const GroupIdentity>;

class GroupMember {
 public:
  // `lost`: the assignment was taken away without being asked; nothing may be kept. Else `partitions` is the whole new assignment:
  // what was held before and is in it goes on untouched.
  using Listener = std::function<void(const std::set<int>& partitions, bool lost)>;

  static Result<std::unique_ptr<GroupMember>> Join(const GroupOptions& options, Listener listener);
  virtual ~GroupMember() = default;  // leaves the group

  // This member's identity and generation, for a transaction's offset. Never null.
  virtual GroupIdentityPtr Identity() const = 0;
};

}  // namespace carillon::kafka
