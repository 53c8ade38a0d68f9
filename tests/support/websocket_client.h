// A WebSocket client for tests: blocking, over Boost.Beast, each wait bounded by 20 s.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>  // Asio 1.74 leaves it out

namespace carillon::testing {

class WebSocketClient {
 public:
  // Null with `error` set where the server does not make it a WebSocket; `status` is the HTTP status then, 0 if there was none.
  static std::unique_ptr<WebSocketClient> Connect(int port, const std::string& target,
                                                  std::string* error, int* status);
  ~WebSocketClient();

  // The next text; nothing when the server closed or 20 s went by.
  std::optional<std::string> Read();
  bool Write(const std::string& text);
  void Close();

 private:
  WebSocketClient();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace carillon::testing
