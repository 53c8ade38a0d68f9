// Calling the programs, and what their ends mean. Inside of this library.
#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/media_probe/media_probe.h"

namespace carillon::media_probe {

class Tools {
 public:
  Tools(ProbeLimits limits, std::string folder) : limits_(limits), folder_(std::move(folder)) {}

  Status Check() const;
  // What the program says. `command` without the folder; `written_bytes_max` is of each file it writes.
  Result<std::string> Run(std::vector<std::string> command, const std::string& input_file,
                          const std::string& work_folder, int64_t written_bytes_max = 0) const;
  const ProbeLimits& limits() const { return limits_; }

 private:
  const ProbeLimits limits_;
  const std::string folder_;
};

Status BadMedia(std::string_view what);
Status TooComplex(std::string_view what);
// Refuses a frame that is too large, and a size that makes no sense.
Status CheckFrame(int64_t width, int64_t height, const ProbeLimits& limits);

Result<MediaFacts> ProbeImage(const Tools& tools, const std::string& path, const std::string& mime_type,
                              const std::string& work_folder);
Result<std::string> CleanImage(const Tools& tools, const std::string& path, const MediaFacts& facts,
                               const std::string& work_folder);
Result<MediaFacts> ProbeVideo(const Tools& tools, const std::string& path, const std::string& mime_type,
                              const std::string& work_folder);
Result<std::string> CleanVideo(const Tools& tools, const std::string& path, const std::string& work_folder);

}  // namespace carillon::media_probe
