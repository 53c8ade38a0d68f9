// Bodies that are files, both ways: what arrives, and what it costs in memory.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "common/http/client.h"
#include "common/http/multipart.h"
#include "common/http/server.h"
#include "tests/support/child_process.h"

namespace carillon::http {
namespace {

ServerResponse Answer(int status, std::string body) {
  ServerResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

class ClientFilesTest : public ::testing::Test {
 protected:
  HttpRequest Post(const std::string& url) {
    HttpRequest request;
    request.method = "POST";
    request.url = url;
    request.deadline = absl::Minutes(5);
    return request;
  }
  std::string Serve(ServerHandler handler) {
    server_ = *HttpServer::Start({.body_bytes_max = 8 << 20}, std::move(handler));
    return "http://" + server_->address();
  }

  testing::TempDir folder_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpClient> client_ = MakeHttpClient({.allow_private_addresses = true});
};

TEST_F(ClientFilesTest, HowMuchIsOutIsToldAndItCanBeGivenUp) {
  constexpr int64_t kSize = 4 << 20;
  const std::string path = folder_.Write("large", std::string(kSize, 'x'));
  std::atomic<int> served = 0;
  const std::string base = Serve([&](const ServerRequest& request) {
    ++served;
    return Answer(200, std::to_string(request.body.size()));
  });
  HttpRequest request = Post(base);
  request.file = FileRange{path};
  std::vector<int64_t> told;
  request.on_progress = [&](int64_t sent) {
    told.push_back(sent);
    return true;
  };
  const HttpOutcome whole = client_->Send(request);
  ASSERT_TRUE(whole.ok()) << ToString(whole.error);
  EXPECT_EQ(whole.response->body, std::to_string(kSize));
  ASSERT_FALSE(told.empty());
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_EQ(told.back(), kSize);
  request.on_progress = [](int64_t sent) { return sent == 0; };
  const HttpOutcome given_up = client_->Send(request);
  ASSERT_FALSE(given_up.ok());
  EXPECT_EQ(ReasonOf(given_up.error), "GIVEN_UP");
  EXPECT_TRUE(given_up.maybe_executed);
  request.on_progress = nullptr;
  EXPECT_TRUE(client_->Send(request).ok()) << "nothing of it is left";
  EXPECT_EQ(served, 2);
}

TEST_F(ClientFilesTest, AStretchOfAFileIsTheBody) {
  const std::string path = folder_.Write("digits", "0123456789");
  std::string body, type;
  const std::string base = Serve([&](const ServerRequest& request) {
    body = request.method + " " + request.body;
    type = request.Header("content-type");
    return Answer(200, "");
  });
  HttpRequest request = Post(base);
  request.method = "PUT";
  request.content_type = "video/mp4";
  const auto send = [&](int64_t offset, int64_t size) {
    request.file = FileRange{path, offset, size};
    return client_->Send(request);
  };
  ASSERT_TRUE(send(3, 4).ok());
  EXPECT_EQ(body, "PUT 3456");
  EXPECT_EQ(type, "video/mp4");
  ASSERT_TRUE(send(8, -1).ok());
  EXPECT_EQ(body, "PUT 89");
  ASSERT_TRUE(send(10, -1).ok());
  EXPECT_EQ(body, "PUT ");
  for (const auto& [offset, size] : std::vector<std::pair<int64_t, int64_t>>{{8, 3}, {11, -1}, {-1, 2}}) {
    const HttpOutcome refused = send(offset, size);
    EXPECT_EQ(ReasonOf(refused.error), "UNREADABLE_FILE") << offset;
    EXPECT_FALSE(refused.maybe_executed);
  }
}

TEST_F(ClientFilesTest, AStretchOfAFileIsAPart) {
  const std::string path = folder_.Write("clip.mp4", "0123456789");
  std::string body, type;
  const std::string base = Serve([&](const ServerRequest& request) {
    body = request.body;
    type = request.Header("content-type");
    return Answer(200, "");
  });
  HttpRequest request = Post(base);
  request.multipart = {{.name = "segment", .value = "1"},
                       {.name = "media", .file_path = path, .content_type = "video/mp4", .file_offset = 2, .file_size = 5}};
  ASSERT_TRUE(client_->Send(request).ok());
  const auto parts = ParseMultipart(type, body);
  ASSERT_TRUE(parts.ok()) << ToString(parts.status());
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[1].body, "23456");
  EXPECT_EQ((*parts)[1].file_name, "clip.mp4");
}

// libcurl sends a request without an effect again when a kept connection turns out to be dead: the file has to begin anew.
TEST_F(ClientFilesTest, ARepetitionBeginsTheFileAnew) {
  const std::string content(200'000, 'x');
  const std::string path = folder_.Write("file", content);
  int requests = 0;
  size_t arrived = 0;
  const std::string base = Serve([&](const ServerRequest& request) {
    arrived = request.body.size();
    ServerResponse response = Answer(200, "");
    response.close_without_answer = ++requests == 2;
    return response;
  });
  HttpRequest request = Post(base);
  request.file = FileRange{path};
  ASSERT_TRUE(client_->Send(request).ok());
  const HttpOutcome second = client_->Send(request);
  ASSERT_TRUE(second.ok()) << ToString(second.error);
  EXPECT_EQ(requests, 3);
  EXPECT_EQ(arrived, content.size());
}

TEST_F(ClientFilesTest, AResponseIsTakenAsItComes) {
  const std::string content(500'000, 'x');
  const std::string base = Serve([&](const ServerRequest& request) {
    return Answer(request.path == "/missing" ? 404 : 200, content);
  });
  HttpRequest request = Post(base);
  request.method = "GET";
  std::string taken;
  int calls = 0;
  request.on_body = [&](std::string_view bytes) {
    taken += bytes;
    ++calls;
    return Ok();
  };
  HttpOutcome outcome = client_->Send(request);
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(taken == content);
  EXPECT_GT(calls, 1);
  EXPECT_EQ(outcome.response->body, "");
  request.url = base + "/missing";
  taken.clear();
  outcome = client_->Send(request);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(taken, "") << "what is no answer of the kind is not taken for one";
  EXPECT_EQ(outcome.response->body.size(), content.size());
  request.url = base;
  request.response_bytes_max = 100'000;
  EXPECT_EQ(client_->Send(request).error.code(), Code::kResourceExhausted);
  request.response_bytes_max = 1 << 20;
  request.on_body = [&](std::string_view) { return MakeStatus(Code::kDataLoss, "no room"); };
  EXPECT_EQ(client_->Send(request).error.code(), Code::kDataLoss);
}

// One request on a socket, its body thrown away as it comes: our own server would hold it.
class Sink {
 public:
  explicit Sink(std::function<void(int64_t)> on_bytes = nullptr) : on_bytes_(std::move(on_bytes)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Take(); });
  }
  ~Sink() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}/", port_); }
  int64_t body_bytes() const { return body_bytes_; }

 private:
  void Take() {
    const int connection = ::accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    std::string head;
    std::vector<char> buffer(256 << 10);
    int64_t length = -1;
    while (length < 0 || body_bytes_ < length) {
      const ssize_t n = ::read(connection, buffer.data(), buffer.size());
      if (n <= 0) break;
      if (length >= 0) {
        body_bytes_ += n;
        if (on_bytes_) on_bytes_(body_bytes_);
        continue;
      }
      head.append(buffer.data(), static_cast<size_t>(n));
      const size_t end = head.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      const size_t field = head.find("Content-Length: ");
      length = field < end ? std::stoll(head.substr(field + 16)) : 0;
      body_bytes_ = static_cast<int64_t>(head.size() - end - 4);
    }
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    (void)!::write(connection, answer.data(), answer.size());
    ::close(connection);
  }

  const std::function<void(int64_t)> on_bytes_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int64_t> body_bytes_ = 0;
  std::thread thread_;
};

int64_t StatusBytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field + ":")) return std::stoll(line.substr(field.size() + 1)) << 10;
  }
  return -1;
}

constexpr int64_t kLarge = int64_t{256} << 20;
constexpr int64_t kMemoryMax = int64_t{24} << 20;

TEST_F(ClientFilesTest, MemoryDoesNotKnowHowLargeAFileIs) {
  const std::string path = folder_.Write("large.mp4", "");
  std::filesystem::resize_file(path, kLarge);  // sparse
  for (const bool multipart : {false, true}) {
    Sink sink;
    HttpRequest request = Post(sink.url());
    if (multipart) {
      request.multipart = {{.name = "file", .file_path = path}};
    } else {
      request.file = FileRange{path};
    }
    std::ofstream("/proc/self/clear_refs") << "5";  // the peak begins anew
    const int64_t before = StatusBytes("VmRSS");
    const HttpOutcome outcome = client_->Send(request);
    const int64_t peak = StatusBytes("VmHWM");
    ASSERT_TRUE(outcome.ok()) << ToString(outcome.error);
    EXPECT_GE(sink.body_bytes(), kLarge);
    EXPECT_LT(peak - before, kMemoryMax);
    RecordProperty(multipart ? "multipart_bytes" : "body_bytes", std::to_string(peak - before));
  }
}

TEST_F(ClientFilesTest, AFileThatIsCutWhileItIsSentIsAnError) {
  const std::string path = folder_.Write("large.mp4", "");
  std::filesystem::resize_file(path, kLarge);
  Sink sink([&](int64_t bytes) {
    if (bytes > 1 << 20) std::filesystem::resize_file(path, 0);
  });
  HttpRequest request = Post(sink.url());
  request.file = FileRange{path};
  const HttpOutcome outcome = client_->Send(request);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error.code(), Code::kUnavailable);
  EXPECT_TRUE(outcome.maybe_executed);
}

}  // namespace
}  // namespace carillon::http
