// WebSockets to others (RFC 6455), over Boost.Beast: libcurl has them only where it was built so, and Debian's is not. All sockets share
// one thread, so that thousands cost no more than their buffers.
//
// What the HTTP client keeps holds here too: https (wss) to public addresses only unless the operator allows others, judged again when the
// name was resolved; no redirect, no proxy; neither headers nor texts appear in an error. Thread-safe.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/http/client.h"

namespace carillon::http {

struct WebSocketRequest {
  std::string url;  // wss, ws, https or http
  Headers headers;
  std::vector<std::string> hello;  // texts that are sent first
  absl::Duration open_timeout = absl::Seconds(15);  // name, connection, TLS and upgrade, each
  // The other side is asked for a sign of life (a ping) after half of it, and is given up after all of it.
  absl::Duration silence_max = absl::Seconds(60);
  size_t text_bytes_max = 1 << 20;  // a longer one ends the socket

  // All three are called on the client's thread, one at a time, and must not block. `on_text` stops the reading of this socket while it
  // runs, so nothing piles up here. `on_end` is called once, unless the socket was destroyed before: it says why, OK if the other side
  // closed it in order.
  std::function<void()> on_open;
  std::function<void(std::string_view text)> on_text;
  std::function<void(const Status& why)> on_end;
};

// An open one, or one that opens. Destroying it closes it; no callback runs afterwards. Not to be destroyed from within a callback.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
};

class WebSocketClient {
 public:
  virtual ~WebSocketClient() = default;
  // INVALID_ARGUMENT with BAD_URL or PRIVATE_ADDRESS; whatever happens later goes to `on_end`, where 401 is UNAUTHENTICATED with
  // TOKEN_REFUSED, 429 RESOURCE_EXHAUSTED, another answer than an upgrade or no connection UNAVAILABLE.
  virtual Result<std::unique_ptr<WebSocket>> Open(WebSocketRequest request) = 0;
};

// `options.ca_file` and `allow_private_addresses` as for the HTTP client. The sockets must be gone before it.
std::unique_ptr<WebSocketClient> MakeWebSocketClient(const ClientOptions& options);

}  // namespace carillon::http
