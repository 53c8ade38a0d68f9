// Lines of an HTTP response that does not end, as if they were the texts of a WebSocket: one thread for each, which waits in the HTTP
// client. For the few streams that are so; what WebSocketClient says holds here too. Empty lines are signs of life and no texts.
#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/http/websocket_client.h"

namespace carillon::http {

// Opened means: the first byte of the body came. Ends after a day in any case. Destroying one blocks for about a second. `hello` and
// `open_timeout` mean nothing. Both outlive it.
std::unique_ptr<WebSocketClient> MakeLineClient(HttpClient& client, const Clock& clock);

}  // namespace carillon::http
