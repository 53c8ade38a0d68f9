// Content warnings: X shows a warning in front of media that are marked so (POST /2/media/metadata with sensitive_media_warning; members:
// github.com/xdevplatform/xdk, SensitiveMediaWarning, read 2026-11-23; the OpenAPI description 2.167 says "object" only).
#pragma once

#include <absl/time/time.h>

#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/http/client.h"
#include "common/platform/connector.h"
#include "common/platform/json.h"
#include "common/platform/x/api.h"

namespace carillon::x {

// The labels in X's words: {"adult_content": true, ...}. Empty without labels.
platform::Json MakeWarning(const std::vector<std::string>& content_labels);

// Marks the media of a content with labels before it is posted, one call for each; none without labels. Once more changes nothing, so an
// error is harmless. Alt texts are sent along: whether X keeps what a call leaves out is not said. Blocks for at most `timeout`.
Status MarkMedia(http::HttpClient& client, const Clock& clock, const Access& access, const platform::PublishContent& content,
                 const std::vector<std::string>& media_ids, absl::Duration timeout);

}  // namespace carillon::x
