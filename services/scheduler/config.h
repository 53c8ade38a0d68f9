// The scheduler's own flags, each with a fallback in the environment. Validated once, before anything starts.
#pragma once

#include <string>

#include "common/service/service.h"

namespace carillon::scheduler {

struct SchedulerConfig {
  // The content store; the publisher reads the same folder.
  std::string media_dir = "media";

  // Adds the flags to `options` (before service::ParseFlags); the config must outlive the parsing.
  void AddFlags(service::ServiceOptions& options);
};

}  // namespace carillon::scheduler
