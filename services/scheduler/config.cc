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
  // Well under the shortest life of an upload that nobody posts: Bluesky's, an hour (its facts).
  options.app
      ->add_option("--prepare-lead-s", prepare_lead_s,
                   "Media of approved posts are uploaded so long before they are due; 0: when they are due")
      ->envname("CARILLON_PREPARE_LEAD_S")
      ->check(CLI::Range(0, 1'800))
      ->capture_default_str();
}

}  // namespace carillon::scheduler
