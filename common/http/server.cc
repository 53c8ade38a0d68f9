#include "common/http/server.h"

#include <thread>

#include "common/http/server_session.h"

namespace carillon::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using internal::Session;
using internal::Shared;
using tcp = asio::ip::tcp;

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
  size_t connections() const override {
    std::lock_guard lock(shared_.mutex);
    return shared_.sessions.size();
  }

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
