#include "common/http/websocket_client.h"

#include <fmt/format.h>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>

#include "common/http/url_guard.h"

namespace carillon::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ssl = boost::asio::ssl;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;
using tcp = asio::ip::tcp;

std::chrono::milliseconds Chrono(absl::Duration duration) {
  return absl::ToChronoMilliseconds(std::max(duration, absl::Milliseconds(1)));
}

// As CheckUrl knows it.
std::string HttpUrl(const std::string& url) {
  if (url.starts_with("wss://")) return "https" + url.substr(3);
  if (url.starts_with("ws://")) return "http" + url.substr(2);
  return url;
}

// What all sockets share.
struct Common {
  explicit Common(const ClientOptions& given) : options(given) {
    error_code ignored;
    tls.set_default_verify_paths(ignored);
    if (!options.ca_file.empty()) tls.load_verify_file(options.ca_file, ignored);
    tls.set_verify_mode(ssl::verify_peer);
  }
  const ClientOptions options;
  asio::io_context io{1};
  ssl::context tls{ssl::context::tls_client};
};

template <typename Stream>
constexpr bool kIsTls = !std::is_same_v<Stream, beast::tcp_stream>;

// Everything runs on the one thread of `io`; Detach() may be called from any.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void Start() = 0;
  virtual void Detach() = 0;
};

template <typename Stream>
class Session : public Connection, public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(std::shared_ptr<Common> common, WebSocketRequest request, UrlParts url)
      : common_(std::move(common)),
        request_(std::move(request)),
        url_(std::move(url)),
        resolver_(common_->io),
        socket_(MakeStream(*common_)) {}

  void Start() override {
    asio::post(common_->io, [self = this->shared_from_this()] { self->Resolve(); });
  }

  void Detach() override {
    {
      std::lock_guard lock(mutex_);
      detached_ = true;
    }
    asio::post(common_->io, [self = this->shared_from_this()] { self->Close(); });
  }

 private:
  using Self = Session<Stream>;

  static websocket::stream<Stream> MakeStream(Common& common) {
    if constexpr (kIsTls<Stream>) {
      return websocket::stream<Stream>(common.io, common.tls);
    } else {
      return websocket::stream<Stream>(common.io);
    }
  }

  beast::tcp_stream& Tcp() { return beast::get_lowest_layer(socket_); }

  void Resolve() {
    resolver_.async_resolve(
        url_.host, std::to_string(url_.port),
        [self = this->shared_from_this()](error_code error, tcp::resolver::results_type found) {
          if (error) return self->Fail(error, "its name");
          std::vector<tcp::endpoint> allowed;
          for (const auto& one : found) {
            if (self->common_->options.allow_private_addresses ||
                IsPublicAddress(one.endpoint().data())) {
              allowed.push_back(one.endpoint());
            }
          }
          if (allowed.empty()) {
            return self->End(Refuse(Code::kInvalidArgument, "PRIVATE_ADDRESS",
                                    fmt::format("'{}' leads to a loopback, private or reserved address",
                                                self->url_.host),
                                    {{"host", self->url_.host}}));
          }
          self->Connect(std::move(allowed));
        });
  }

  void Connect(std::vector<tcp::endpoint> endpoints) {
    if (IsDetached()) return;
    endpoints_ = std::move(endpoints);
    Tcp().expires_after(Chrono(request_.open_timeout));
    Tcp().async_connect(endpoints_, [self = this->shared_from_this()](error_code error, const tcp::endpoint&) {
      if (error) return self->Fail(error, "the connection");
      error_code ignored;
      self->Tcp().socket().set_option(tcp::no_delay(true), ignored);
      self->Secure();
    });
  }

  void Secure() {
    if constexpr (kIsTls<Stream>) {
      auto& tls = socket_.next_layer();
      if (!SSL_set_tlsext_host_name(tls.native_handle(), url_.host.c_str())) {
        return End(MakeStatus(Code::kUnavailable, url_.host + ": no TLS for this name"));
      }
      tls.set_verify_callback(ssl::host_name_verification(url_.host));
      Tcp().expires_after(Chrono(request_.open_timeout));
      tls.async_handshake(ssl::stream_base::client, [self = this->shared_from_this()](error_code error) {
        if (error) return self->Fail(error, "TLS");
        self->Upgrade();
      });
    } else {
      Upgrade();
    }
  }

  void Upgrade() {
    Tcp().expires_never();  // the WebSocket has times of its own
    websocket::stream_base::timeout times;
    times.handshake_timeout = Chrono(request_.open_timeout);
    times.idle_timeout = Chrono(request_.silence_max);
    times.keep_alive_pings = true;
    socket_.set_option(times);
    socket_.read_message_max(request_.text_bytes_max);
    socket_.set_option(websocket::stream_base::decorator(
        [headers = request_.headers, agent = common_->options.user_agent](websocket::request_type& out) {
          out.set(beast::http::field::user_agent, agent);
          for (const auto& [name, value] : headers) out.set(name, value);
        }));
    const std::string host = url_.origin.substr(url_.origin.find("://") + 3);
    const std::string target = (url_.path.empty() ? "/" : url_.path) + (url_.query.empty() ? "" : "?" + url_.query);
    socket_.async_handshake(answer_, host, target, [self = this->shared_from_this()](error_code error) {
      if (error) return self->Refused(error);
      self->Call([&] {
        if (self->request_.on_open) self->request_.on_open();
      });
      self->Hello(0);
    });
  }

  void Refused(error_code error) {
    const int status = answer_.result_int();
    if (error != websocket::error::upgrade_declined) return Fail(error, "the upgrade");
    const std::string what = fmt::format("{} from {} where a WebSocket was asked for", status, url_.host);
    if (status == 401) return End(Refuse(Code::kUnauthenticated, "TOKEN_REFUSED", what, {{"host", url_.host}}));
    if (status == 429) return End(MakeStatus(Code::kResourceExhausted, what));
    End(MakeStatus(Code::kUnavailable, what));
  }

  void Hello(size_t at) {
    if (at == request_.hello.size()) return Read();
    socket_.text(true);
    socket_.async_write(asio::buffer(request_.hello[at]),
                        [self = this->shared_from_this(), at](error_code error, size_t) {
                          if (error) return self->Fail(error, "the connection");
                          self->Hello(at + 1);
                        });
  }

  void Read() {
    if (IsDetached()) return;
    socket_.async_read(in_, [self = this->shared_from_this()](error_code error, size_t) {
      if (error == websocket::error::closed) return self->End(Ok());
      if (error) return self->Fail(error, "the connection");
      const auto data = self->in_.cdata();
      self->Call([&] {
        self->request_.on_text({static_cast<const char*>(data.data()), data.size()});
      });
      self->in_.consume(self->in_.size());
      self->Read();
    });
  }

  void Fail(error_code error, std::string_view what) {
    const std::string why = error == beast::error::timeout ? "silent for too long" : error.message();
    End(MakeStatus(Code::kUnavailable, fmt::format("{}: {}: {}", url_.host, what, why)));
  }

  void End(const Status& why) {
    if (ended_) return;
    ended_ = true;
    Call([&] { request_.on_end(why); });
    Close();
  }

  void Close() {
    resolver_.cancel();
    error_code ignored;
    // Not a closing handshake: whoever does not answer would keep it, and nothing of ours is in it.
    Tcp().socket().shutdown(tcp::socket::shutdown_both, ignored);
    Tcp().close();
  }

  bool IsDetached() {
    std::lock_guard lock(mutex_);
    return detached_;
  }

  void Call(const std::function<void()>& callback) {
    std::lock_guard lock(mutex_);
    if (!detached_) callback();
  }

  const std::shared_ptr<Common> common_;
  const WebSocketRequest request_;
  const UrlParts url_;
  tcp::resolver resolver_;
  websocket::stream<Stream> socket_;
  std::vector<tcp::endpoint> endpoints_;
  websocket::response_type answer_;
  beast::flat_buffer in_;
  std::mutex mutex_;  // held while a callback runs
  bool detached_ = false, ended_ = false;
};

class Handle : public WebSocket {
 public:
  explicit Handle(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
  ~Handle() override { connection_->Detach(); }

 private:
  const std::shared_ptr<Connection> connection_;
};

class BeastClient : public WebSocketClient {
 public:
  explicit BeastClient(const ClientOptions& options)
      : common_(std::make_shared<Common>(options)), work_(asio::make_work_guard(common_->io)), thread_([this] {
          common_->io.run();
        }) {}

  // No socket is left, so what the thread still has to do is to see their ends.
  ~BeastClient() override {
    work_.reset();
    thread_.join();
  }

  Result<std::unique_ptr<WebSocket>> Open(WebSocketRequest request) override {
    ASSIGN_OR_RETURN(UrlParts url,
                     CheckUrl(HttpUrl(request.url), common_->options.allow_private_addresses));
    std::shared_ptr<Connection> connection;
    if (url.scheme == "https") {
      connection = std::make_shared<Session<beast::ssl_stream<beast::tcp_stream>>>(
          common_, std::move(request), std::move(url));
    } else {
      connection = std::make_shared<Session<beast::tcp_stream>>(common_, std::move(request), std::move(url));
    }
    connection->Start();
    return std::unique_ptr<WebSocket>(std::make_unique<Handle>(std::move(connection)));
  }

 private:
  const std::shared_ptr<Common> common_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<WebSocketClient> MakeWebSocketClient(const ClientOptions& options) {
  return std::make_unique<BeastClient>(options);
}

}  // namespace carillon::http
