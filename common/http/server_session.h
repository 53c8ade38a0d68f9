// What server.cc keeps to itself: one connection, from its requests to their answers.
#pragma once

#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "common/http/form.h"
#include "common/http/line_session.h"
#include "common/http/server.h"
#include "common/http/websocket_session.h"

namespace carillon::http::internal {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;
using boost::system::error_code;

inline constexpr int64_t kChunkBytes = 64 << 10;

inline std::string Text(beast::string_view text) { return {text.data(), text.size()}; }

inline std::string Serialize(const ServerResponse& response, bool head_only, bool keep_alive) {
  const bool no_body = response.status == 204 || response.status == 304;
  const auto reason = beast::http::obsolete_reason(beast::http::int_to_status(response.status));
  std::string out;
  out.reserve(256 + response.body.size());
  out += fmt::format("HTTP/1.1 {} {}\r\n", response.status, Text(reason));
  if (response.lines != nullptr) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (!no_body) {
    out += fmt::format("Content-Length: {}\r\n", response.source != nullptr
                                                     ? response.source->size()
                                                     : static_cast<int64_t>(response.body.size()));
  }
  if (!no_body) {
    if (!response.content_type.empty()) out += "Content-Type: " + response.content_type + "\r\n";
  }
  for (const auto& [name, value] : response.headers) out += name + ": " + value + "\r\n";
  out += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  if (!no_body && !head_only) out += response.body;
  return out;
}

// The way to give an answer later. The last copy that goes without one gives a 500, so that no connection waits for ever.
class LaterAnswer {
 public:
  explicit LaterAnswer(std::function<void(ServerResponse)> give) : give_(std::move(give)) {}
  ~LaterAnswer() {
    ServerResponse response;
    response.status = 500;
    response.body = R"({"error":"There is no answer"})";
    Give(std::move(response));
  }
  LaterAnswer(const LaterAnswer&) = delete;
  LaterAnswer& operator=(const LaterAnswer&) = delete;
  void Give(ServerResponse response) {
    if (!given_.exchange(true)) give_(std::move(response));
  }

 private:
  const std::function<void(ServerResponse)> give_;
  std::atomic<bool> given_ = false;
};

class Session;

// What the sessions share with the server.
struct Shared {
  ServerOptions options;
  ServerHandler handler;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::unordered_map<uint64_t, std::weak_ptr<Session>> sessions;
  std::function<void()> on_session_end;
  std::atomic<bool> stopping = false;
  asio::io_context io;  // last: it destroys the sessions that are left, and these use the rest
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Shared* shared, tcp::socket socket, uint64_t id)
      : shared_(shared),
        stream_(std::move(socket)),
        executor_(stream_.get_executor()),
        timer_(executor_),
        id_(id) {
    error_code ignored;
    const auto remote = stream_.socket().remote_endpoint(ignored);
    if (!ignored) remote_address_ = remote.address().to_string(ignored);
    stream_.socket().set_option(tcp::no_delay(true), ignored);
  }
  ~Session() {
    std::lock_guard lock(shared_->mutex);
    shared_->sessions.erase(id_);
    shared_->changed.notify_all();
    if (!shared_->stopping && shared_->on_session_end) shared_->on_session_end();
  }

  void Run() {
    asio::dispatch(executor_, [self = shared_from_this()] { self->ReadHeader(); });
  }
  void CloseIfIdle() {
    asio::post(executor_, [self = shared_from_this()] {
      if (self->close_feed_) return self->close_feed_();
      if (self->idle_) self->Close();
    });
  }

 private:
  void ReadHeader() {
    parser_.emplace();
    parser_->header_limit(shared_->options.header_bytes_max);
    parser_->body_limit(shared_->options.body_bytes_max);
    idle_ = true;
    stream_.expires_after(
        std::chrono::milliseconds(absl::ToInt64Milliseconds(shared_->options.idle_timeout)));
    beast::http::async_read_header(
        stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, size_t) {
          self->idle_ = false;
          if (error) return self->OnReadError(error);
          const std::string expect = Text(self->parser_->get()[beast::http::field::expect]);
          if (expect == "100-continue" && !self->parser_->is_done()) return self->Continue();
          self->ReadBody();
        });
  }

  void Continue() {
    static const std::string kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(kContinue),
                      [self = shared_from_this()](error_code error, size_t) {
                        if (!error) self->ReadBody();
                      });
  }

  void ReadBody() {
    beast::http::async_read(stream_, buffer_, *parser_,
                            [self = shared_from_this()](error_code error, size_t) {
                              if (error) return self->OnReadError(error);
                              self->Handle();
                            });
  }

  void OnReadError(error_code error) {
    ServerResponse response;
    response.close = true;
    if (error == beast::http::error::body_limit) {
      response.status = 413;
      response.body = R"({"error":"The request's body is too large"})";
    } else if (error == beast::http::error::header_limit ||
               error == beast::http::error::buffer_overflow) {
      response.status = 431;
      response.body = R"({"error":"The request's header is too large"})";
    } else if (error.category() == make_error_code(beast::http::error::bad_method).category() &&
               error != beast::http::error::end_of_stream &&
               error != beast::http::error::partial_message) {
      response.status = 400;
      response.body = R"({"error":"This is not an HTTP request"})";
    } else {
      return Close();
    }
    Write(std::move(response));
  }

  void Handle() {
    const auto& message = parser_->get();
    ServerRequest request;
    request.method = Text(message.method_string());
    request.target = Text(message.target());
    const size_t question = std::min(request.target.find('?'), request.target.size());
    request.path = request.target.substr(0, question);
    size_t begin = 0;
    while (begin < request.path.size()) {
      const size_t end = std::min(request.path.find('/', begin), request.path.size());
      if (end > begin)
        request.segments.push_back(DecodeComponent(request.path.substr(begin, end - begin), false));
      begin = end + 1;
    }
    auto query =
        ParseForm(question < request.target.size() ? request.target.substr(question + 1) : "");
    if (query) request.query = std::move(*query);
    for (const auto& field : message) {
      auto [entry, is_new] =
          request.headers.try_emplace(Text(field.name_string()), Text(field.value()));
      if (!is_new) entry->second += ", " + Text(field.value());
    }
    request.connection_id = id_;
    request.request_number = ++request_number_;
    request.remote_address = remote_address_;
    head_only_ = request.method == "HEAD";
    keep_alive_ = message.keep_alive();
    request.body = std::move(parser_->get().body());
    Answer(shared_->handler(request));
  }

  void Answer(ServerResponse response) {
    if (response.later) {
      stream_.expires_never();
      auto way = std::make_shared<LaterAnswer>([self = shared_from_this()](ServerResponse given) {
        asio::post(self->executor_, [self, given = std::move(given)]() mutable {
          self->Answer(std::move(given));
        });
      });
      return response.later([way](ServerResponse given) { way->Give(std::move(given)); });
    }
    if (response.delay <= absl::ZeroDuration()) {
      if (response.then) return Answer(response.then());
      if (response.websocket) return Upgrade(std::move(response.websocket));
      if (response.lines) return Stream(std::move(response));
      return Write(std::move(response));
    }
    stream_.expires_never();
    timer_.expires_after(std::chrono::milliseconds(absl::ToInt64Milliseconds(response.delay)));
    response.delay = absl::ZeroDuration();
    timer_.async_wait(
        [self = shared_from_this(), response = std::move(response)](error_code error) mutable {
          if (!error) self->Answer(std::move(response));
        });
  }

  void Upgrade(std::shared_ptr<WebSocketFeed> feed) {
    if (!beast::websocket::is_upgrade(parser_->get())) {
      ServerResponse response;
      response.status = 426;
      response.headers = {{"Upgrade", "websocket"}};
      response.body = R"({"error":"This address is a WebSocket"})";
      return Write(std::move(response));
    }
    stream_.expires_never();
    close_feed_ = ServeWebSocket(std::move(stream_), parser_->get(), std::move(feed),
                                 shared_from_this());
  }

  void Stream(ServerResponse response) {
    AddUsualHeaders(response);
    stream_.expires_never();
    std::string head = Serialize(response, /*head_only=*/true, /*keep_alive=*/false);
    close_feed_ = ServeLines(std::move(stream_), std::move(head), std::move(response.lines), shared_from_this());
  }

  void Write(ServerResponse response) {
    if (response.close_without_answer) return Close();
    AddUsualHeaders(response);
    const bool cut = response.close_after_bytes >= 0;
    const bool keep = keep_alive_ && !response.close && !cut && !shared_->stopping;
    out_ = Serialize(response, head_only_, keep);
    if (cut) out_.resize(std::min<size_t>(out_.size(), response.close_after_bytes));
    stream_.expires_after(
        std::chrono::milliseconds(absl::ToInt64Milliseconds(shared_->options.idle_timeout)));
    source_ = head_only_ || cut ? nullptr : std::move(response.source);
    source_left_ = source_ != nullptr ? source_->size() : 0;
    asio::async_write(stream_, asio::buffer(out_),
                      [self = shared_from_this(), keep](error_code error, size_t) {
                        if (error) return self->Close();
                        self->WriteChunk(keep);
                      });
  }

  void AddUsualHeaders(ServerResponse& response) const {
    std::vector<std::pair<std::string, std::string>> usual = shared_->options.headers;
    for (const auto& [name, value] : response.headers) {
      std::erase_if(usual, [&](const auto& one) { return beast::iequals(one.first, name); });
    }
    response.headers.insert(response.headers.end(), usual.begin(), usual.end());
  }

  void WriteChunk(bool keep) {
    if (source_left_ == 0) {
      source_.reset();
      if (!keep) return Close();
      return ReadHeader();
    }
    out_.resize(static_cast<size_t>(std::min<int64_t>(source_left_, kChunkBytes)));
    const Result<size_t> got = source_->Read(out_.data(), out_.size());
    if (!got.ok() || *got == 0) return Close();
    source_left_ -= static_cast<int64_t>(*got);
    stream_.expires_after(
        std::chrono::milliseconds(absl::ToInt64Milliseconds(shared_->options.idle_timeout)));
    asio::async_write(stream_, asio::buffer(out_.data(), *got),
                      [self = shared_from_this(), keep](error_code error, size_t) {
                        if (error) return self->Close();
                        self->WriteChunk(keep);
                      });
  }

  void Close() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.socket().close(ignored);
  }

  Shared* const shared_;
  beast::tcp_stream stream_;  // gone when it became a WebSocket or lines
  const asio::any_io_executor executor_;
  asio::steady_timer timer_;
  const uint64_t id_;
  std::string remote_address_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
  std::string out_;
  std::shared_ptr<BodySource> source_;
  int64_t source_left_ = 0;
  int request_number_ = 0;
  std::function<void()> close_feed_;  // of a WebSocket, or of lines
  bool idle_ = true;
  bool keep_alive_ = true;
  bool head_only_ = false;
};

}  // namespace carillon::http::internal
