#include "common/http/websocket_session.h"

#include <boost/asio.hpp>
#include <boost/beast/websocket.hpp>
#include <optional>

namespace carillon::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

constexpr size_t kTextBytesMax = 1 << 20;  // of the client's

// Everything runs on the connection's strand.
class WebSocketSession : public std::enable_shared_from_this<WebSocketSession> {
 public:
  WebSocketSession(beast::tcp_stream stream, std::shared_ptr<WebSocketFeed> feed,
                   std::shared_ptr<void> owner)
      : stream_(std::move(stream)), feed_(std::move(feed)), owner_(std::move(owner)) {}

  void Run(const UpgradeRequest& request) {
    stream_.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
    stream_.read_message_max(kTextBytesMax);
    stream_.text(true);
    stream_.async_accept(request, [self = shared_from_this()](error_code error) {
      if (error) return;
      self->is_open_ = true;
      self->feed_->OnOpen([weak = self->weak_from_this()] {
        if (auto session = weak.lock()) session->Wake();
      });
      self->Read();
      self->Write();
    });
  }

  void Close() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      if (self->is_silent_ && self->kept_) {
        error_code ignored;
        beast::get_lowest_layer(self->stream_).socket().close(ignored);
        self->End();
        self->kept_.reset();
        return;
      }
      if (!self->is_open_) return;
      self->is_open_ = false;
      self->stream_.async_close(websocket::close_code::going_away, [self](error_code) {});
    });
  }

 private:
  void Wake() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->Write(); });
  }

  void Read() {
    stream_.async_read(in_, [self = shared_from_this()](error_code error, size_t) {
      if (self->is_silent_) return;
      if (error) return self->End();
      const std::string text = beast::buffers_to_string(self->in_.data());
      self->in_.consume(self->in_.size());
      if (!self->feed_->OnText(text)) self->Close();
      self->Read();
    });
  }

  void Write() {
    if (!is_open_ || is_writing_ || is_silent_) return;
    auto next = feed_->Next();
    const WebSocketFeed::Misdeed misdeed = feed_->Misbehave();
    if (misdeed == WebSocketFeed::Misdeed::kSilence) return FallSilent();
    if (!next) return;
    out_ = std::move(*next);
    is_writing_ = true;
    if (misdeed == WebSocketFeed::Misdeed::kBreakOff) return BreakOff();
    stream_.async_write(asio::buffer(out_), [self = shared_from_this()](error_code error, size_t) {
      self->is_writing_ = false;
      if (!error) self->Write();
    });
  }

  // Half of the text, of a message that never ends.
  void BreakOff() {
    stream_.async_write_some(false, asio::buffer(out_.data(), out_.size() / 2),
                             [self = shared_from_this()](error_code, size_t) {
                               error_code ignored;
                               beast::get_lowest_layer(self->stream_).socket().close(ignored);
                             });
  }

  // Pongs are Beast's, made while it reads: so it reads no more. Nothing but Close() ends it.
  void FallSilent() {
    is_silent_ = true;
    kept_ = shared_from_this();
    beast::get_lowest_layer(stream_).cancel();
  }

  void End() {
    is_open_ = false;
    feed_->OnClose();
  }

  websocket::stream<beast::tcp_stream> stream_;
  const std::shared_ptr<WebSocketFeed> feed_;
  const std::shared_ptr<void> owner_;
  beast::flat_buffer in_;
  std::string out_;
  bool is_open_ = false, is_writing_ = false, is_silent_ = false;
  std::shared_ptr<WebSocketSession> kept_;  // a silent one by itself
};

}  // namespace

std::function<void()> ServeWebSocket(beast::tcp_stream stream, const UpgradeRequest& request,
                                     std::shared_ptr<WebSocketFeed> feed,
                                     std::shared_ptr<void> owner) {
  auto session = std::make_shared<WebSocketSession>(std::move(stream), std::move(feed),
                                                    std::move(owner));
  session->Run(request);
  return [weak = std::weak_ptr<WebSocketSession>(session)] {
    if (auto live = weak.lock()) live->Close();
  };
}

}  // namespace carillon::http
