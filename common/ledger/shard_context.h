// What all shards of one Ledger share. Owned by the Ledger, outlives its shards.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/ledger/environment.h"
#include "common/ledger/ledger.h"
#include "common/ledger/partition_directory.h"

namespace carillon::ledger {

struct ShardContext {
  const Options& options;
  const Domain& domain;
  EffectRunner* effects;  // may be null
  const Clock& clock;
  const Environment& environment;
  kafka::LogReader& reader;
  PartitionDirectory& partitions;
  std::string instance_id;
  // This member's identity for a transaction; null while it has left the group.
  std::function<kafka::GroupIdentityPtr()> group_identity;
  // Is this shard in the newest assignment?
  std::function<bool(int shard)> assigned;
  // How many assignments this member has learnt of.
  std::function<int64_t()> assignments;
  // The group is to be left and joined anew: this process and another one fence each other.
  std::function<void()> leave_group;
};

}  // namespace carillon::ledger
