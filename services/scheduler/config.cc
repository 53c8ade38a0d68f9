#include "services/scheduler/config.h"

#include <CLI/CLI.hpp>

namespace carillon::scheduler {

void SchedulerConfig::AddFlags(service::ServiceOptions& options) {
  media.AddFlags(*options.app);
  options.app
      ->add_option("--media-work-dir", media_work_dir,
                   "Folder on a local disk where uploads wait until they were looked at (default: .work in --media-dir)")
      ->envname("CARILLON_MEDIA_WORK_DIR");
  options.app
      ->add_option("--media-bytes-max", media_bytes_max, "The largest media file that is taken")
      ->envname("CARILLON_MEDIA_BYTES_MAX")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

}  // namespace carillon::scheduler
