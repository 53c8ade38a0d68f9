// The scheduler's own flags, each with a fallback in the environment. Validated once, before anything starts.
#pragma once

#include <string>

#include "common/media_store/open_store.h"
#include "common/service/service.h"

namespace carillon::scheduler {

struct SchedulerConfig {
  // The publisher has the same.
  media_store::StoreConfig media;
  std::string media_work_dir;
  int64_t media_bytes_max = int64_t{4} << 30;
  int prepare_lead_s = 600;

  // Where uploads wait until they were looked at.
  std::string MediaWorkDir() const { return media_work_dir.empty() ? media.folder + "/.work" : media_work_dir; }

  // Adds the flags to `options` (before service::ParseFlags); the config must outlive the parsing.
  void AddFlags(service::ServiceOptions& options);
};

}  // namespace carillon::scheduler
