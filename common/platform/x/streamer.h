// What X pushes: the filtered stream, GET /2/tweets/search/stream (docs.x.com/x-api/fundamentals/consuming-streaming-data). It is the app's, with
// one connection, and wants the app's own token. Posts come in any order, some twice; each that comes is billed as one that is read.
#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/facts.h"
#include "common/platform/stream.h"

namespace carillon::x {

// All outlive it.
std::unique_ptr<platform::Streamer> MakeStreamer(http::HttpClient& client, const Clock& clock, const platform::Facts& facts);

}  // namespace carillon::x
