#include "services/scheduler/config.h"

#include <CLI/CLI.hpp>

namespace carillon::scheduler {

void SchedulerConfig::AddFlags(service::ServiceOptions& options) {
  options.app
      ->add_option("--media-dir", media_dir,
                   "Folder of uploaded media, shared with the publisher; created if missing")
      ->envname("CARILLON_MEDIA_DIR")
      ->capture_default_str();
}

}  // namespace carillon::scheduler
