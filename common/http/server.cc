#include "common/http/server.h"

#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "common/http/form.h"
#include "common/http/websocket_session.h"

namespace carillon::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;
using boost::system::error_code;

std::string Text(beast::string_view text) { return {text.data(), text.size()}; }

std::string Serialize(const ServerResponse& response, bool head_only, bool keep_alive) {
  const bool no_body = response.status == 204 || response.status == 304;
  const auto reason = beast::http::obsolete_reason(beast::http::int_to_status(response.status));
  std::string out;
  out.reserve(256 + response.body.size());
  out += fmt::format("HTTP/1.1 {} {}\r\n", response.status, Text(reason));
  if (!no_body) {
    out += fmt::format("Content-Length: {}\r\n", response.body.size());
    if (!response.content_type.empty()) out += "Content-Type: " + response.content_type + "\r\n";
  }
  for (const auto& [name, value] : response.headers) out += name + ": " + value + "\r\n";
  out += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  if (!no_body && !head_only) out += response.body;
  return out;
}

class Session;

// What the sessions share with the server.
struct Shared {
  ServerOptions options;
  ServerHandler handler;
  std::mutex mutex;
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
      if (self->close_websocket_) return self->close_websocket_();
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
    if (response.delay <= absl::ZeroDuration()) {
      if (response.then) return Answer(response.then());
      if (response.websocket) return Upgrade(std::move(response.websocket));
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
    close_websocket_ = ServeWebSocket(std::move(stream_), parser_->get(), std::move(feed),
                                      shared_from_this());
  }

  void Write(ServerResponse response) {
    if (response.close_without_answer) return Close();
    const bool cut = response.close_after_bytes >= 0;
    const bool keep = keep_alive_ && !response.close && !cut && !shared_->stopping;
    out_ = Serialize(response, head_only_, keep);
    if (cut) out_.resize(std::min<size_t>(out_.size(), response.close_after_bytes));
    stream_.expires_after(
        std::chrono::milliseconds(absl::ToInt64Milliseconds(shared_->options.idle_timeout)));
    asio::async_write(stream_, asio::buffer(out_),
                      [self = shared_from_this(), keep](error_code error, size_t) {
                        if (error || !keep) return self->Close();
                        self->ReadHeader();
                      });
  }

  void Close() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.socket().close(ignored);
  }

  Shared* const shared_;
  beast::tcp_stream stream_;  // gone when it became a WebSocket
  const asio::any_io_executor executor_;
  asio::steady_timer timer_;
  const uint64_t id_;
  std::string remote_address_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
  std::string out_;
  int request_number_ = 0;
  std::function<void()> close_websocket_;
  bool idle_ = true;
  bool keep_alive_ = true;
  bool head_only_ = false;
};

class BeastServer : public HttpServer {
 public:
  BeastServer(ServerOptions options, ServerHandler handler)
      : acceptor_strand_(shared_.io.get_executor()), acceptor_(acceptor_strand_) {
    shared_.options = std::move(options);
    shared_.handler = std::move(handler);
    shared_.on_session_end = [this] {
      asio::post(acceptor_strand_, [this] { ResumeAccepting(); });
    };
  }
  ~BeastServer() override { Stop(); }

  Status Listen(const tcp::endpoint& endpoint) {
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(1024, error);
    if (error) {
      return MakeStatus(Code::kUnavailable, fmt::format("cannot listen on {}: {}",
                                                        shared_.options.listen, error.message()));
    }
    const tcp::endpoint local = acceptor_.local_endpoint();
    port_ = local.port();
    const std::string host = local.address().to_string();
    address_ = fmt::format("{}:{}", local.address().is_v6() ? "[" + host + "]" : host, port_);
    asio::post(acceptor_strand_, [this] { Accept(); });
    for (int i = 0; i < std::max(1, shared_.options.threads); ++i)
      threads_.emplace_back([this] { shared_.io.run(); });
    return Ok();
  }

  int port() const override { return port_; }
  std::string address() const override { return address_; }

  void Stop() override {
    if (shared_.stopping.exchange(true)) return;
    asio::post(acceptor_strand_, [this] {
      error_code ignored;
      acceptor_.close(ignored);
    });
    std::vector<std::shared_ptr<Session>> live;
    {
      std::lock_guard lock(shared_.mutex);
      for (auto& [id, session] : shared_.sessions) {
        if (auto strong = session.lock()) live.push_back(std::move(strong));
      }
    }
    for (const auto& session : live) session->CloseIfIdle();
    live.clear();
    {
      std::unique_lock lock(shared_.mutex);
      shared_.changed.wait_for(
          lock, std::chrono::milliseconds(absl::ToInt64Milliseconds(shared_.options.stop_grace)),
          [this] { return shared_.sessions.empty(); });
    }
    shared_.io.stop();
    for (std::thread& thread : threads_) thread.join();
    error_code ignored;
    acceptor_.close(ignored);  // if the strand did not come to it
  }

 private:
  void Accept() {
    acceptor_.async_accept(
        asio::make_strand(shared_.io), [this](error_code error, tcp::socket socket) {
          if (error == asio::error::operation_aborted || shared_.stopping) return;
          if (!error) {
            auto session = std::make_shared<Session>(&shared_, std::move(socket), ++last_id_);
            size_t count = 0;
            {
              std::lock_guard lock(shared_.mutex);
              shared_.sessions.emplace(last_id_, session);
              count = shared_.sessions.size();
            }
            session->Run();
            if (static_cast<int>(count) >= shared_.options.connections_max) {
              paused_ = true;
              return;
            }
          }
          Accept();
        });
  }

  void ResumeAccepting() {
    if (!paused_ || shared_.stopping) return;
    paused_ = false;
    Accept();
  }

  Shared shared_;
  asio::strand<asio::io_context::executor_type> acceptor_strand_;
  tcp::acceptor acceptor_;
  std::vector<std::thread> threads_;
  int port_ = 0;
  std::string address_;
  uint64_t last_id_ = 0;
  bool paused_ = false;
};

Result<tcp::endpoint> ParseAddress(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  const Status bad =
      Refuse(Code::kInvalidArgument, "BAD_ADDRESS",
             fmt::format("'{}' is not host:port, as in 127.0.0.1:8080 or [::1]:0", listen),
             {{"listen", listen}});
  if (colon == std::string::npos) return bad;
  std::string host = listen.substr(0, colon);
  const std::string port = listen.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos)
    return bad;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error || std::stoi(port) > 65535) return bad;
  return tcp::endpoint(address, static_cast<uint16_t>(std::stoi(port)));
}

}  // namespace

std::string ServerRequest::Header(std::string_view name) const {
  auto field = headers.find(name);
  return field == headers.end() ? "" : field->second;
}

std::string ServerRequest::Query(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return "";
}

Result<std::unique_ptr<HttpServer>> HttpServer::Start(ServerOptions options,
                                                      ServerHandler handler) {
  ASSIGN_OR_RETURN(const tcp::endpoint endpoint, ParseAddress(options.listen));
  auto server = std::make_unique<BeastServer>(std::move(options), std::move(handler));
  RETURN_IF_ERROR(server->Listen(endpoint));
  return Result<std::unique_ptr<HttpServer>>(std::move(server));
}

}  // namespace carillon::http
