// Uploading media by chunks (docs.x.com/x-api/media/quickstart/media-upload-chunked): initialize, append, finalize, and for what is processed
// afterwards the status until it is done. Alt text is set last, by its own call. A handle is X's media id.
//
// Chunks are named by their number, and one that is sent again takes its own place: an upload goes on behind the last one that X said it
// took, in any process. One that X no longer knows begins anew.
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

// Reads the file by chunks while they are sent. Blocks for at most `request.timeout`. An error means that there is no handle: nothing was
// published, and going on, or uploading again, is harmless. INVALID_ARGUMENT with MEDIA_REFUSED: X could not process it. The media id.
Result<std::string> Upload(const MediaParts& parts, const Access& access, const platform::UploadRequest& request);

}  // namespace carillon::x
