// What the uploads of all platforms have in common. Pure.
#pragma once

#include <absl/time/time.h>

#include <cstdint>

namespace carillon::platform {

// A request that carries so many bytes and takes longer is hung, not slow: a minute, and what a line of 64 KiB a second takes.
inline absl::Duration UploadTimeMax(int64_t bytes) { return absl::Minutes(1) + absl::Seconds(bytes >> 16); }

}  // namespace carillon::platform
