#include "common/platform/unreadable.h"

#include <fmt/format.h>

#include "common/observe/log.h"
#include "common/observe/metrics.h"

namespace carillon::platform {

Unreadable::~Unreadable() {
  if (count_ == 0) return;
  observe::Counter("unreadable_items_total", "Entries of platforms' lists that were left out", {{"platform", platform_}})
      .Increment(count_);
  observe::Warn(fmt::format("left out what cannot be read: {}", Message(first_)),
                {{"platform", platform_}, {"count", std::to_string(count_)}});
}

void Unreadable::Skip(const Status& why) {
  if (count_++ == 0) first_ = why;
}

Status Unreadable::Judge(size_t read) const {
  if (count_ == 0 || read > 0) return Ok();
  return MakeStatus(Code::kUnavailable, fmt::format("nothing of a list can be read: {}", Message(first_)));
}

}  // namespace carillon::platform
