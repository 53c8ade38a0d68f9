// What is in a media file, and a copy without what is private. Thread-safe; blocks while programs run (README.md), seconds for a
// picture, longer for copying a large video. Nothing is believed: `mime_type` is what the file was sniffed to be, and is held against
// what the programs find.
//
// Refusals are INVALID_ARGUMENT: BAD_MEDIA (broken, or not what it seems), MEDIA_TOO_COMPLEX (more pixels, frames or time than
// allowed, or it takes too much to decode). A missing program is FAILED_PRECONDITION, a machine without time UNAVAILABLE.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace carillon::media_probe {

struct MediaFacts {
  std::string mime_type;
  int width = 0;  // as it is shown: after turning
  int height = 0;
  int frames = 1;           // of a picture; more than one: it moves
  absl::Duration duration;  // of a video
  std::string video_codec;  // as ffmpeg calls it: "h264"
  std::string audio_codec;  // "" without sound
  int64_t bits_per_second = 0;
  bool is_private = false;  // it carries what should not be published: see README.md

  bool IsVideo() const { return mime_type.starts_with("video/"); }
};

struct ProbeLimits {
  int64_t pixels_max = 100'000'000;         // of one frame
  int64_t all_pixels_max = 1'000'000'000;   // of all frames of a picture that moves
  absl::Duration duration_max = absl::Hours(12);
  absl::Duration cpu_time_max = absl::Seconds(60);  // of one program
  absl::Duration wall_time_max = absl::Minutes(4);
  int64_t memory_bytes_max = int64_t{3} << 30;      // of one program's address space
};

class MediaProbe {
 public:
  virtual ~MediaProbe() = default;
  // FAILED_PRECONDITION, naming the first program that is not there.
  virtual Status Check() const = 0;
  // `work_folder` is the caller's, for this call alone; what the programs leave in it is of no use.
  virtual Result<MediaFacts> Probe(const std::string& path, const std::string& mime_type,
                                   const std::string& work_folder) = 0;
  // Writes a copy without what is private into `work_folder`; its path. `facts` are the file's, of Probe().
  virtual Result<std::string> WriteClean(const std::string& path, const MediaFacts& facts,
                                         const std::string& work_folder) = 0;
};

// Over the programs in `folder`.
std::unique_ptr<MediaProbe> MakeMediaProbe(ProbeLimits limits = {}, std::string folder = "/usr/bin");

}  // namespace carillon::media_probe
