// GET /subscribe: the firehose as a Jetstream serves it, version 1, as lines of JSON over a WebSocket. A slow reader falls behind on
// its own; what it has not read when it falls out of the firehose's memory is lost to it, as on a Jetstream.
#pragma once

#include "common/http/server.h"
#include "services/sandbox/bluesky/firehose.h"

namespace carillon::sandbox::bluesky {

// By wantedCollections, wantedDids, cursor, maxMessageSizeBytes and requireHello; 400 for what cannot be read.
http::ServerResponse Subscribe(Firehose* firehose, const http::ServerRequest& request);

}  // namespace carillon::sandbox::bluesky
