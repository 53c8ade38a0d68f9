// Uploading media (docs.joinmastodon.org/methods/media): POST /api/v2/media, and GET /api/v1/media/:id while it is processed.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/http/client.h"
#include "common/platform/connector.h"
#include "common/platform/mastodon/api.h"

namespace carillon::mastodon {

using Sleep = std::function<void(absl::Duration)>;

// Streams the file from disk and waits until the server has processed it; the media id. Blocks for at most `request.timeout`. A server takes
// a file in one request: only one that is processed can be gone on with, all else begins anew. An upload that is still processed by then is
// UNAVAILABLE: nothing was published.
Result<std::string> Upload(http::HttpClient& client, const Clock& clock, const Sleep& sleep,
                           const Access& access, const platform::UploadRequest& request);

enum class MediaState { kReady, kProcessing, kGone, kUnknown };
// What the server says of an upload; kGone once it is attached to a status, or was thrown away as unused.
MediaState AskMedia(http::HttpClient& client, const Clock& clock, const Access& access,
                    const std::string& media_id, absl::Duration timeout);

}  // namespace carillon::mastodon
