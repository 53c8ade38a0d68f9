#include "common/media_probe/tools.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "common/base/utf8.h"
#include "common/confined/confined.h"

namespace carillon::media_probe {
namespace {

constexpr size_t kReasonBytesMax = 160;

// The last line of what a program complained about, without the names of files.
std::string ReasonIn(const std::string& errors) {
  const size_t end = errors.find_last_not_of("\n") + 1;
  const size_t begin = end == 0 ? 0 : errors.rfind('\n', end - 1) + 1;
  std::string line = errors.substr(begin, end - begin);
  const size_t path = line.rfind('/');
  if (path != std::string::npos) {
    const size_t after = line.find_first_not_of(" :", std::min(line.find_first_of(" :", path), line.size()));
    line = after == std::string::npos ? "" : line.substr(after);
  }
  return std::string(CutUtf8(line, kReasonBytesMax));
}

}  // namespace

Status BadMedia(std::string_view what) { return Refuse(Code::kInvalidArgument, "BAD_MEDIA", what); }
Status TooComplex(std::string_view what) {
  return Refuse(Code::kInvalidArgument, "MEDIA_TOO_COMPLEX", what);
}

Status CheckFrame(int64_t width, int64_t height, const ProbeLimits& limits) {
  constexpr int64_t kSideMax = 1 << 20;
  if (width <= 0 || height <= 0) return BadMedia("the file says nothing about its size");
  if (width <= kSideMax && height <= kSideMax && width * height <= limits.pixels_max) return Ok();
  return Refuse(Code::kInvalidArgument, "MEDIA_TOO_COMPLEX",
                fmt::format("{} x {} are more than {} pixels; make it smaller", width, height,
                            limits.pixels_max),
                {{"width", std::to_string(width)}, {"height", std::to_string(height)}});
}

Status Tools::Check() const {
  for (const char* name : {"vipsheader", "vips", "vipsthumbnail", "ffprobe", "ffmpeg"}) {
    if (::access((folder_ + "/" + name).c_str(), X_OK) == 0) continue;
    return MakeStatus(Code::kFailedPrecondition,
                      fmt::format("{}/{} is not there; media can't be taken without it: install "
                                  "libvips-tools and ffmpeg",
                                  folder_, name));
  }
  return Ok();
}

Result<std::string> Tools::Run(std::vector<std::string> command, const std::string& input_file,
                               const std::string& work_folder, int64_t written_bytes_max) const {
  const std::string name = command[0];
  confined::Program program;
  program.command = std::move(command);
  program.command[0] = folder_ + "/" + name;
  program.environment = {"PATH=/usr/bin",           "LC_ALL=C.UTF-8",    "HOME=/nonexistent",
                         "TMPDIR=" + work_folder,   "VIPS_CONCURRENCY=1", "VIPS_BLOCK_UNTRUSTED=1",
                         "VIPS_DISC_THRESHOLD=2g", "MALLOC_ARENA_MAX=2"};
  program.input_file = input_file;
  program.work_folder = work_folder;
  program.cpu_time_max = limits_.cpu_time_max;
  program.wall_time_max = limits_.wall_time_max;
  program.memory_bytes_max = limits_.memory_bytes_max;
  program.file_bytes_max = written_bytes_max;
  ASSIGN_OR_RETURN(confined::Ended ended, confined::Run(program));
  using How = confined::Ended::How;
  if (ended.ok()) return std::move(ended.output);
  if (ended.how == How::kWallTime) {
    return MakeStatus(Code::kUnavailable, fmt::format("{} had no end in time: try again", name));
  }
  if (ended.how == How::kCpuTime || ended.how == How::kOutput ||
      (ended.how == How::kSignal && (ended.code == SIGKILL || ended.code == SIGXFSZ))) {
    return TooComplex("the file takes more to decode than is allowed");
  }
  const std::string reason = ReasonIn(ended.errors);
  return BadMedia(reason.empty() ? "the file can't be read" : "the file can't be read: " + reason);
}

}  // namespace carillon::media_probe
