// librdkafka's form of a GroupIdentity, as group_member.cc makes it and producer.cc uses it.
#pragma once

#include "common/kafka/group_member.h"
#include "common/kafka/handles.h"

namespace carillon::kafka {

struct RdGroupIdentity : public GroupIdentity {
  explicit RdGroupIdentity(GroupMetadataHandle handle) : metadata(std::move(handle)) {}
  const GroupMetadataHandle metadata;
};

}  // namespace carillon::kafka
