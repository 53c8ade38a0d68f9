#include "common/media_probe/media_probe.h"

#include "common/media_probe/tools.h"

namespace carillon::media_probe {
namespace {

bool IsVideo(const std::string& mime_type) { return mime_type.starts_with("video/"); }

class ToolProbe : public MediaProbe {
 public:
  ToolProbe(ProbeLimits limits, std::string folder) : tools_(limits, std::move(folder)) {}

  Status Check() const override { return tools_.Check(); }

  Result<MediaFacts> Probe(const std::string& path, const std::string& mime_type,
                           const std::string& work_folder) override {
    return IsVideo(mime_type) ? ProbeVideo(tools_, path, mime_type, work_folder)
                              : ProbeImage(tools_, path, mime_type, work_folder);
  }

  Result<std::string> WriteClean(const std::string& path, const MediaFacts& facts,
                                 const std::string& work_folder) override {
    return facts.IsVideo() ? CleanVideo(tools_, path, work_folder)
                           : CleanImage(tools_, path, facts, work_folder);
  }

 private:
  const Tools tools_;
};

}  // namespace

std::unique_ptr<MediaProbe> MakeMediaProbe(ProbeLimits limits, std::string folder) {
  return std::make_unique<ToolProbe>(limits, std::move(folder));
}

}  // namespace carillon::media_probe
