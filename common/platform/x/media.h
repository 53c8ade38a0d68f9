// Uploading media by chunks (docs.x.com/x-api/media/quickstart/media-upload-chunked): initialize, append, finalize, and for what is processed
// afterwards the status until it is done. Alt text is set last, by its own call.
//
// A handle is X's media id. Where the time ends while X still processes, it is the id and a mark: the next attempt goes on with it
// (Finish) and does not upload again.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/http/client.h"
#include "common/platform/connector.h"
#include "common/platform/facts.h"
#include "common/platform/x/api.h"

namespace carillon::x {

using Sleep = std::function<void(absl::Duration)>;

enum class MediaKind { kImage, kGif, kVideo, kUnknown };
MediaKind KindOf(const std::string& mime_type);

struct MediaParts {
  http::HttpClient& client;
  const Clock& clock;
  const platform::Facts& facts;
  const Sleep& sleep;
};

// Holds a chunk of the file in memory, never all of it. Blocks for at most `timeout`. An error means that there is no handle: nothing
// was published, and uploading again is harmless. INVALID_ARGUMENT with MEDIA_REFUSED: X could not process it.
Result<std::string> Upload(const MediaParts& parts, const Access& access, const platform::MediaItem& item,
                           absl::Duration timeout);

// The media id of a handle, ready to be posted. Does nothing for one without the mark; else asks once, without waiting: UNAVAILABLE while
// X still processes it.
Result<std::string> Finish(const MediaParts& parts, const Access& access, const std::string& handle,
                           const platform::MediaItem& item, absl::Duration timeout);

}  // namespace carillon::x
