// The faults of streams, for any platform's.
#pragma once

#include <memory>
#include <string>

#include "common/http/server.h"
#include "services/sandbox/shared.h"

namespace carillon::sandbox {

// `feed` with what Faults has for streams of `account` ("": a stream that is nobody's own).
std::shared_ptr<http::WebSocketFeed> WithFaults(std::shared_ptr<http::WebSocketFeed> feed,
                                                Shared* shared, std::string platform,
                                                std::string account);

}  // namespace carillon::sandbox
