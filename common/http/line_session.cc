#include "common/http/line_session.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio.hpp>
#include <optional>

namespace carillon::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

// Everything runs on the connection's strand.
class LineSession : public std::enable_shared_from_this<LineSession> {
 public:
  LineSession(beast::tcp_stream stream, std::string head, std::shared_ptr<WebSocketFeed> feed, std::shared_ptr<void> owner)
      : stream_(std::move(stream)), out_(std::move(head)), feed_(std::move(feed)), owner_(std::move(owner)) {}

  void Run() {
    is_writing_ = true;
    Send();
    feed_->OnOpen([weak = weak_from_this()] {
      if (auto session = weak.lock()) session->Wake();
    });
    Read();
  }

  void Close() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      if (!self->is_open_ || self->is_silent_) return self->End();
      self->is_ending_ = true;
      self->Write();
    });
  }

 private:
  void Wake() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->Write(); });
  }

  // Nothing more is said to us; what comes is that the other side went away.
  void Read() {
    stream_.async_read_some(asio::buffer(in_), [self = shared_from_this()](error_code error, size_t) {
      if (error) return self->End();
      self->Read();
    });
  }

  void Write() {
    if (!is_open_ || is_writing_ || is_silent_) return;
    if (is_ending_) {
      out_ = "0\r\n\r\n";
      return Send();
    }
    auto next = feed_->Next();
    const WebSocketFeed::Misdeed misdeed = feed_->Misbehave();
    if (misdeed == WebSocketFeed::Misdeed::kSilence) {
      is_silent_ = true;  // the connection stays, for the reading keeps it
      return;
    }
    if (!next) return;
    out_ = fmt::format("{:x}\r\n{}\r\n\r\n", next->size() + 2, *next);
    if (misdeed == WebSocketFeed::Misdeed::kBreakOff) {
      out_.resize(out_.size() / 2);
      is_breaking_off_ = true;
    }
    Send();
  }

  void Send() {
    is_writing_ = true;
    asio::async_write(stream_, asio::buffer(out_), [self = shared_from_this()](error_code error, size_t) {
      self->is_writing_ = false;
      if (error || self->is_breaking_off_ || self->out_ == "0\r\n\r\n") return self->End();
      self->Write();
    });
  }

  void End() {
    error_code ignored;
    stream_.socket().close(ignored);
    if (!std::exchange(is_open_, false)) return;
    feed_->OnClose();
  }

  beast::tcp_stream stream_;
  std::string out_;
  const std::shared_ptr<WebSocketFeed> feed_;
  const std::shared_ptr<void> owner_;
  std::array<char, 512> in_;
  bool is_open_ = true, is_writing_ = false, is_silent_ = false, is_ending_ = false, is_breaking_off_ = false;
};

}  // namespace

std::function<void()> ServeLines(beast::tcp_stream stream, std::string head, std::shared_ptr<WebSocketFeed> feed,
                                 std::shared_ptr<void> owner) {
  auto session = std::make_shared<LineSession>(std::move(stream), std::move(head), std::move(feed), std::move(owner));
  session->Run();
  return [weak = std::weak_ptr<LineSession>(session)] {
    if (auto live = weak.lock()) live->Close();
  };
}

}  // namespace carillon::http
