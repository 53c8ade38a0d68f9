// Inside common/http: a connection of the server's that became a WebSocket.
#pragma once

#include "common/http/server.h"  // first: Asio 1.74 leaves out <utility>

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <memory>

namespace carillon::http {

using UpgradeRequest = boost::beast::http::request<boost::beast::http::string_body>;

// `request` belongs to `owner`, which is kept until the WebSocket ends. What is returned closes it, from any thread.
std::function<void()> ServeWebSocket(boost::beast::tcp_stream stream, const UpgradeRequest& request,
                                     std::shared_ptr<WebSocketFeed> feed,
                                     std::shared_ptr<void> owner);

}  // namespace carillon::http
