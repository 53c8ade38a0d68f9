// Answers that come later, and bodies that are read while they are sent.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "common/http/client.h"
#include "common/http/server.h"

namespace carillon::http {
namespace {

// `size` bytes, of which only `there` can be read.
class Pattern : public BodySource {
 public:
  Pattern(int64_t size, int64_t there) : size_(size), there_(there) {}
  int64_t size() const override { return size_; }
  Result<size_t> Read(char* buffer, size_t size) override {
    const int64_t n = std::min<int64_t>(static_cast<int64_t>(size), there_ - at_);
    for (int64_t i = 0; i < n; ++i) buffer[i] = At(at_ + i);
    at_ += n;
    largest = std::max(largest.load(), static_cast<int64_t>(size));
    return static_cast<size_t>(n);
  }
  static char At(int64_t i) { return static_cast<char>('a' + i % 26); }
  static inline std::atomic<int64_t> largest = 0;

 private:
  const int64_t size_, there_;
  int64_t at_ = 0;
};

constexpr int64_t kSize = 3'000'001;

class AnswersTest : public ::testing::Test {
 protected:
  void Serve(ServerHandler handler, ServerOptions options = {}) {
    server_ = *HttpServer::Start(options, std::move(handler));
  }
  HttpOutcome Send(const std::string& method = "GET") {
    HttpRequest request;
    request.method = method;
    request.url = "http://" + server_->address() + "/";
    return client_->Send(request);
  }
  static ServerResponse Text(std::string text) {
    ServerResponse response;
    response.body = std::move(text);
    return response;
  }

  std::unique_ptr<HttpClient> client_ = MakeHttpClient({.allow_private_addresses = true});
  std::unique_ptr<HttpServer> server_;
};

TEST_F(AnswersTest, AnAnswerMayComeFromAnotherThread) {
  std::vector<std::thread> threads;
  Serve([&](const ServerRequest&) {
    ServerResponse response;
    response.later = [&](auto answer) {
      threads.emplace_back([answer = std::move(answer)] {
        answer(Text("later"));
        answer(Text("twice"));  // only the first counts
      });
    };
    return response;
  });
  EXPECT_EQ(Send().response->body, "later");
  EXPECT_EQ(Send().response->body, "later");
  for (std::thread& thread : threads) thread.join();
}

TEST_F(AnswersTest, NobodyWaitsForEver) {
  Serve([](const ServerRequest&) {
    ServerResponse response;
    response.later = [](auto) {};
    return response;
  });
  EXPECT_EQ(Send().response->status, 500);
}

TEST_F(AnswersTest, ABodyIsReadInChunks) {
  Serve([](const ServerRequest&) {
    ServerResponse response;
    response.source = std::make_shared<Pattern>(kSize, kSize);
    return response;
  });
  for (int i = 0; i < 2; ++i) {  // the connection is good for another
    const auto outcome = Send();
    ASSERT_TRUE(outcome.ok()) << ToString(outcome.error);
    ASSERT_EQ(outcome.response->body.size(), static_cast<size_t>(kSize));
    for (int64_t at = 0; at < kSize; at += 997) ASSERT_EQ(outcome.response->body[at], Pattern::At(at));
  }
  EXPECT_LE(Pattern::largest, 64 << 10);
  const auto head = Send("HEAD");
  ASSERT_TRUE(head.ok()) << ToString(head.error);
  EXPECT_EQ(head.response->Header("Content-Length"), std::to_string(kSize));
}

TEST_F(AnswersTest, ABodyThatEndsTooSoonIsAnError) {
  Serve([](const ServerRequest&) {
    ServerResponse response;
    response.source = std::make_shared<Pattern>(200'000, 100'000);
    return response;
  });
  EXPECT_FALSE(Send().ok());
}

TEST_F(AnswersTest, UsualHeadersGiveWay) {
  ServerOptions options;
  options.headers = {{"Cache-Control", "no-store"}, {"X-Frame-Options", "DENY"}};
  Serve(
      [](const ServerRequest&) {
        ServerResponse response = Text("a");
        response.headers = {{"cache-control", "private"}};
        return response;
      },
      options);
  const auto outcome = Send();
  EXPECT_EQ(outcome.response->Header("Cache-Control"), "private");
  EXPECT_EQ(outcome.response->Header("X-Frame-Options"), "DENY");
}

}  // namespace
}  // namespace carillon::http
