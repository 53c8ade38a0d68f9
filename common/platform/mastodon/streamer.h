// The Streamer for Mastodon: a WebSocket for each account, which carries its notifications and the hashtags that it listens for. Not SSE:
// that is a connection for each of these, and GoToSocial and Pleroma have WebSockets alone.
#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/stream.h"

namespace carillon::mastodon {

// `client` and `clock` must outlive it.
std::unique_ptr<platform::Streamer> MakeStreamer(http::HttpClient& client, const Clock& clock);

}  // namespace carillon::mastodon
