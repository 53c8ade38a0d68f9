// Inside common/http: a connection of the server's whose answer is lines without an end.
#pragma once

#include "common/http/server.h"  // first: Asio 1.74 leaves out <utility>

#include <boost/beast/core.hpp>
#include <functional>
#include <memory>
#include <string>

namespace carillon::http {

// Writes `head`, then what the feed gives, in chunks; `owner` is kept until it ends. What is returned ends the body, from any thread.
std::function<void()> ServeLines(boost::beast::tcp_stream stream, std::string head, std::shared_ptr<WebSocketFeed> feed,
                                 std::shared_ptr<void> owner);

}  // namespace carillon::http
