// An HTTP/1.1 server on a few threads, for stand-ins and small APIs; no TLS (that is a proxy's work in front of it).
//
// The handler runs on one of the server's threads, many at once, and must not block: what has to wait is told as `delay`, which
// costs a timer and no thread. Beyond answering, a handler can misbehave on purpose (close without a byte, stop half-way), which
// is what tests and the sandbox need. Limits: connections, header and body bytes, idle time; too much is 413 or 431, then closed.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/http/client.h"

namespace carillon::http {

struct ServerRequest {
  std::string method;
  std::string target;                 // as sent
  std::string path;                   // before the "?", as sent
  std::vector<std::string> segments;  // of the path, each decoded
  FormFields query;                   // decoded, in order
  Headers headers;
  std::string body;
  uint64_t connection_id = 0;
  int request_number = 0;  // on this connection, from 1
  std::string remote_address;

  std::string Header(std::string_view name) const;  // "" if there is none
  std::string Query(std::string_view name) const;   // the first of that name, "" if there is none
};

// What a WebSocket sends (RFC 6455). The server asks, one call at a time, so a slow reader holds back only itself.
class WebSocketFeed {
 public:
  virtual ~WebSocketFeed() = default;
  // Called first. `wake` makes the server ask Next() again; any thread may call it, also after the end.
  virtual void OnOpen(std::function<void()> wake) = 0;
  // The next text; nothing if there is none now. Asked after each text that was written, and when woken.
  virtual std::optional<std::string> Next() = 0;
  // A text of the client's. False closes.
  virtual bool OnText(std::string_view text) = 0;
  virtual void OnClose() = 0;

  // What goes wrong now, asked after each Next(): the connection breaks off in the middle of that text, or nothing is written nor read any more
  // (also no pong) while it stays open.
  enum class Misdeed { kNone, kBreakOff, kSilence };
  virtual Misdeed Misbehave() { return Misdeed::kNone; }
};

// A body that is read while it is sent: memory is one chunk. Read on a server thread, one call at a time: from memory or a local disk.
class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual int64_t size() const = 0;
  // At most `size` bytes into `buffer`. 0, or an error, before size() bytes were read: the connection is closed.
  virtual Result<size_t> Read(char* buffer, size_t size) = 0;
};

struct ServerResponse {
  int status = 200;
  std::string content_type = "application/json; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::shared_ptr<BodySource> source;  // in place of `body`

  // The answer comes from elsewhere: this is called at once with the way to give it, which any thread may take, once. The connection
  // waits meanwhile, however long; dropped without an answer it is a 500.
  std::function<void(std::function<void(ServerResponse)> answer)> later;
  absl::Duration delay = absl::ZeroDuration();  // wait before answering
  // Called after `delay` on a server thread, also if the client is gone by then; what it returns is answered instead of this.
  std::function<ServerResponse()> then;
  bool close_without_answer = false;  // not a byte
  int64_t close_after_bytes = -1;     // of head and body together; -1: all
  bool close = false;                 // "Connection: close"
  // The connection becomes a WebSocket that sends this; where the request did not ask for one, 426 is answered.
  std::shared_ptr<WebSocketFeed> websocket;
  // A body without an end, in chunks (RFC 9112 7.1): each text is a line of it, written at once. The client sends nothing more.
  std::shared_ptr<WebSocketFeed> lines;
};

using ServerHandler = std::function<ServerResponse(const ServerRequest&)>;

struct ServerOptions {
  std::string listen =
      "127.0.0.1:0";  // host:port, an address, v6 in brackets; port 0 takes a free one
  int threads = 2;
  int connections_max = 2000;  // more wait in the kernel's backlog
  uint32_t header_bytes_max = 32 << 10;
  uint64_t body_bytes_max = 1 << 20;
  absl::Duration idle_timeout = absl::Seconds(60);  // also for a whole request to come in, and for each chunk to go out
  absl::Duration stop_grace = absl::Seconds(2);  // for requests under way when stopping
  std::vector<std::pair<std::string, std::string>> headers;  // of each answer that does not say otherwise itself
};

class HttpServer {
 public:
  // Listens and serves before it returns. INVALID_ARGUMENT for a bad address, UNAVAILABLE if it cannot be listened on.
  static Result<std::unique_ptr<HttpServer>> Start(ServerOptions options, ServerHandler handler);
  virtual ~HttpServer() = default;  // stops

  virtual int port() const = 0;
  virtual std::string address() const = 0;  // "127.0.0.1:8080"
  // No new connections, idle ones closed, requests under way finished within `stop_grace`. Blocks; a second call does nothing.
  virtual void Stop() = 0;
  virtual size_t connections() const = 0;
};

}  // namespace carillon::http
