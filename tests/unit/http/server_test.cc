#include "common/http/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "common/http/form.h"
#include "common/http/multipart.h"
#include "common/http/router.h"

namespace carillon::http {
namespace {

// A socket to the server, for requests that no client would send.
class RawConnection {
 public:
  explicit RawConnection(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval timeout{20, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawConnection() { close(fd_); }
  void Write(const std::string& text) { (void)!send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
  // Everything until the server closes.
  std::string ReadAll() {
    std::string out;
    char buffer[4096];
    for (ssize_t n; (n = recv(fd_, buffer, sizeof buffer, 0)) > 0;) out.append(buffer, n);
    return out;
  }
  bool connected() const { return connected_; }

 private:
  int fd_;
  bool connected_ = false;
};

std::unique_ptr<HttpServer> Serve(ServerHandler handler, ServerOptions options = {}) {
  auto server = HttpServer::Start(options, std::move(handler));
  EXPECT_TRUE(server.ok()) << ToString(server.status());
  return std::move(server).value();
}

ServerResponse Echo(const ServerRequest& request) {
  ServerResponse response;
  response.body = request.method + " " + request.path + " " + std::to_string(request.body.size());
  return response;
}

TEST(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  auto server = Serve(Echo);
  RawConnection raw(server->port());
  raw.Write(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string all = raw.ReadAll();
  const size_t first = all.find("GET /1 0"), second = all.find("GET /2 0");
  ASSERT_NE(first, std::string::npos) << all;
  ASSERT_NE(second, std::string::npos) << all;
  EXPECT_LT(first, second);
}

TEST(ServerTest, ExpectContinueIsAnswered) {
  auto server = Serve(Echo);
  RawConnection raw(server->port());
  raw.Write(
      "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: "
      "close\r\n\r\n");
  raw.Write("abc");
  const std::string all = raw.ReadAll();
  EXPECT_TRUE(all.starts_with("HTTP/1.1 100 Continue\r\n\r\n")) << all;
  EXPECT_NE(all.find("POST /a 3"), std::string::npos);
}

TEST(ServerTest, LimitsAreEnforced) {
  auto server = Serve(Echo, {.header_bytes_max = 1000, .body_bytes_max = 10});
  RawConnection body(server->port());
  body.Write("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
  EXPECT_TRUE(body.ReadAll().starts_with("HTTP/1.1 413 "));
  RawConnection header(server->port());
  header.Write("GET /a HTTP/1.1\r\nX: " + std::string(2000, 'x'));
  EXPECT_TRUE(header.ReadAll().starts_with("HTTP/1.1 431 "));
  RawConnection garbage(server->port());
  garbage.Write("\x16\x03\x01 this is no HTTP\r\n\r\n");
  EXPECT_TRUE(garbage.ReadAll().starts_with("HTTP/1.1 400 "));
}

TEST(ServerTest, IdleConnectionsAreClosed) {
  auto server = Serve(Echo, {.idle_timeout = absl::Milliseconds(50)});
  RawConnection raw(server->port());
  EXPECT_EQ(raw.ReadAll(), "");
}

TEST(ServerTest, ConnectionsBeyondTheLimitWait) {
  auto server = Serve(Echo, {.connections_max = 1});
  auto first = std::make_unique<RawConnection>(server->port());
  first->Write("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
  RawConnection second(server->port());
  second.Write("GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  first.reset();
  EXPECT_NE(second.ReadAll().find("GET /2"), std::string::npos);
}

TEST(ServerTest, ThenRunsAfterTheDelayEvenWhenTheClientIsGone) {
  std::atomic<bool> ran = false;
  auto server = Serve([&](const ServerRequest&) {
    ServerResponse response;
    response.delay = absl::Milliseconds(30);
    response.then = [&] {
      ran = true;
      ran.notify_all();
      return ServerResponse{};
    };
    return response;
  });
  {
    RawConnection raw(server->port());
    raw.Write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  ran.wait(false);
  EXPECT_TRUE(ran);
}

TEST(ServerTest, StopFinishesWhatIsUnderWay) {
  std::atomic<bool> started = false;
  auto server = Serve([&](const ServerRequest& request) {
    started = true;
    started.notify_all();
    ServerResponse response = Echo(request);
    response.delay = absl::Milliseconds(50);
    return response;
  });
  RawConnection idle(server->port());
  RawConnection raw(server->port());
  raw.Write("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  started.wait(false);
  server->Stop();
  EXPECT_NE(raw.ReadAll().find("GET /x"), std::string::npos);
  EXPECT_EQ(idle.ReadAll(), "");
}

TEST(ServerTest, BadListenAddressesAreRefused) {
  for (const char* listen :
       {"", "nowhere", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "a.example:80"}) {
    EXPECT_EQ(ReasonOf(HttpServer::Start({.listen = listen}, Echo).status()), "BAD_ADDRESS")
        << listen;
  }
  auto server = Serve(Echo);
  EXPECT_EQ(HttpServer::Start({.listen = server->address()}, Echo).status().code(),
            Code::kUnavailable);
}

TEST(RouterTest, LiteralsWinOverParameters) {
  Router router;
  auto say = [](std::string text) {
    return [text](const ServerRequest&, const PathParams& params) {
      ServerResponse response;
      response.body = text + (params.count("id") ? params.at("id") : "");
      return response;
    };
  };
  router.Add("GET /statuses/:id", say("one "));
  router.Add("GET /statuses/special", say("special"));
  router.Add("POST /statuses", say("new"));
  auto ask = [&](std::string method, std::vector<std::string> segments) {
    ServerRequest request;
    request.method = std::move(method);
    request.segments = std::move(segments);
    return router.Handle(request);
  };
  EXPECT_EQ(ask("GET", {"statuses", "5"}).body, "one 5");
  EXPECT_EQ(ask("GET", {"statuses", "special"}).body, "special");
  EXPECT_EQ(ask("POST", {"statuses"}).body, "new");
  EXPECT_EQ(ask("GET", {"statuses"}).status, 405);
  EXPECT_EQ(ask("GET", {"nothing"}).status, 404);
}

TEST(FormTest, RoundTripAndOddities) {
  const FormFields fields = {{"a b", "1&2=3"}, {"é", ""}, {"a b", "+%"}};
  EXPECT_EQ(ParseForm(EncodeForm(fields)), fields);
  EXPECT_EQ(ParseForm("a+b=c+d&&x&%zz=%4"), (FormFields{{"a b", "c d"}, {"x", ""}, {"%zz", "%4"}}));
  EXPECT_EQ(ParseForm("a&b&c", 2), std::nullopt);
}

TEST(MultipartTest, ReadsPartsByTheBoundaryAlone) {
  const std::string body =
      "preamble\r\n--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n2--b\r\n--b  \r\n"
      "content-disposition: form-data; name=\"f\"; filename=\"x \\\"y\\\"; "
      "z.png\"\r\nContent-Type: image/png\r\n\r\n\r\n--b--\r\nend";
  const auto parts = ParseMultipart("multipart/form-data; boundary=b", body);
  ASSERT_TRUE(parts.ok()) << ToString(parts.status());
  ASSERT_EQ(parts->size(), 2U);
  EXPECT_EQ((*parts)[0].body, "1\r\n2--b");
  EXPECT_EQ((*parts)[1].file_name, "x \"y\"; z.png");
  EXPECT_EQ((*parts)[1].body, "");
}

TEST(MultipartTest, BrokenBodiesAreRefused) {
  const std::string type = "multipart/form-data; boundary=\"b\"";
  const std::string head = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1";
  EXPECT_TRUE(ParseMultipart(type, head + "\r\n--b--").ok());
  for (const std::string& body :
       {std::string(), std::string("--b"), head, head + "\r\n--b",
        std::string("--b\r\n\r\n1\r\n--b--"), std::string("--b\r\nno colon\r\n\r\n1\r\n--b--"),
        std::string("--b\r\n--b--"), std::string("--bb\r\n")}) {
    EXPECT_EQ(ReasonOf(ParseMultipart(type, body).status()), "BAD_MULTIPART") << body;
  }
  EXPECT_FALSE(ParseMultipart("multipart/form-data", head + "\r\n--b--").ok());
  EXPECT_FALSE(ParseMultipart(type, head + "\r\n--b\r\n" + head + "\r\n--b--", 1).ok());
}

}  // namespace
}  // namespace carillon::http
