#include "common/platform/collector.h"

namespace carillon::platform {

Result<SignalPage> Collector::Search(const CollectorAccess&, const std::string&, const std::string&, int,
                                     absl::Duration) {
  return Refuse(Code::kUnimplemented, "NOT_OFFERED", "posts cannot be searched for here");
}

Result<SignalPage> Collector::Messages(const CollectorAccess&, const std::string&, int, absl::Duration) {
  return Refuse(Code::kUnimplemented, "NOT_OFFERED", "direct messages are not read on their own here");
}

}  // namespace carillon::platform
