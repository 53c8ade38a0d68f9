#include "tests/support/websocket_client.h"

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

namespace carillon::testing {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

constexpr auto kPatience = std::chrono::seconds(20);

}  // namespace

struct WebSocketClient::Impl {
  asio::io_context io;
  beast::websocket::stream<beast::tcp_stream> stream{io};
  beast::flat_buffer buffer;

  // Runs one asynchronous step to its end; Beast's timeouts bound asynchronous steps only.
  template <typename Step>
  error_code Run(Step step) {
    error_code result = asio::error::timed_out;
    bool is_done = false;
    step([&](error_code error) {
      result = error;
      is_done = true;
    });
    io.restart();
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!is_done && io.run_one_until(end) > 0) {
    }
    if (!is_done) {
      beast::get_lowest_layer(stream).close();
      io.restart();
      io.run();
    }
    return result;
  }
};

WebSocketClient::WebSocketClient() : impl_(std::make_unique<Impl>()) {}
WebSocketClient::~WebSocketClient() = default;

std::unique_ptr<WebSocketClient> WebSocketClient::Connect(int port, const std::string& target,
                                                          std::string* error, int* status) {
  std::unique_ptr<WebSocketClient> client(new WebSocketClient());
  Impl& impl = *client->impl_;
  error_code code;
  beast::get_lowest_layer(impl.stream)
      .socket()
      .connect({asio::ip::address_v4::loopback(), static_cast<uint16_t>(port)}, code);
  beast::websocket::response_type response;
  if (!code) {
    code = impl.Run([&](auto done) {
      impl.stream.async_handshake(response, "127.0.0.1:" + std::to_string(port), target,
                                  [done](error_code result) { done(result); });
    });
  }
  *status = response.result_int();
  *error = code ? code.message() : "";
  if (code) return nullptr;
  return client;
}

std::optional<std::string> WebSocketClient::Read() {
  const error_code code = impl_->Run([&](auto done) {
    impl_->stream.async_read(impl_->buffer, [done](error_code result, size_t) { done(result); });
  });
  if (code) return std::nullopt;
  std::string text = beast::buffers_to_string(impl_->buffer.data());
  impl_->buffer.consume(impl_->buffer.size());
  return text;
}

bool WebSocketClient::Write(const std::string& text) {
  return !impl_->Run([&](auto done) {
    impl_->stream.async_write(asio::buffer(text), [done](error_code result, size_t) { done(result); });
  });
}

void WebSocketClient::Close() {
  impl_->Run([&](auto done) {
    impl_->stream.async_close(beast::websocket::close_code::normal,
                              [done](error_code result) { done(result); });
  });
}

}  // namespace carillon::testing
