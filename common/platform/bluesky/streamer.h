// The Streamer for Bluesky: one Jetstream for all accounts. What happens to an account is written by others, so their DIDs are not known
// beforehand and wantedDids is of no use: posts, likes, reposts and follows of everybody come, and are judged here.
#pragma once

#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/stream.h"

namespace carillon::bluesky {

// `url` is the Jetstream's, "wss://jetstream2.us-east.bsky.network/subscribe". `client` and `clock` must outlive it.
std::unique_ptr<platform::Streamer> MakeStreamer(http::HttpClient& client, const Clock& clock,
                                                 std::string url);

}  // namespace carillon::bluesky
