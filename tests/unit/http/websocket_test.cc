// The server's WebSockets, by a client of Boost.Beast.
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <mutex>
#include <thread>

#include "common/http/server.h"
#include "tests/support/websocket_client.h"

namespace carillon::http {
namespace {

using testing::WebSocketClient;

class Feed : public WebSocketFeed {
 public:
  void OnOpen(std::function<void()> wake) override {
    std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
  }
  std::optional<std::string> Next() override {
    std::lock_guard lock(mutex_);
    if (texts_.empty()) return std::nullopt;
    std::string text = std::move(texts_.front());
    texts_.pop_front();
    return text;
  }
  bool OnText(std::string_view text) override {
    if (text == "bye") return false;
    Send("echo " + std::string(text));
    return true;
  }
  void OnClose() override { is_closed = true; }

  void Send(std::string text) {
    std::function<void()> wake;
    {
      std::lock_guard lock(mutex_);
      texts_.push_back(std::move(text));
      wake = wake_;
    }
    if (wake) wake();
  }

  std::atomic<bool> is_closed = false;

 private:
  std::mutex mutex_;
  std::deque<std::string> texts_;
  std::function<void()> wake_;
};

struct Fixture {
  std::shared_ptr<Feed> feed = std::make_shared<Feed>();
  std::unique_ptr<HttpServer> server =
      *HttpServer::Start({}, [this](const ServerRequest& request) {
        ServerResponse response;
        if (request.path == "/feed") response.websocket = feed;
        return response;
      });
  std::string error;
  int status = 0;

  std::unique_ptr<WebSocketClient> Connect(const std::string& target) {
    return WebSocketClient::Connect(server->port(), target, &error, &status);
  }
};

bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(WebSocketTest, WhatWaitsAndWhatComesLaterIsSentInOrder) {
  Fixture f;
  for (int i = 0; i < 100; ++i) f.feed->Send(std::to_string(i));
  auto client = f.Connect("/feed");
  ASSERT_NE(client, nullptr) << f.error;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client->Read(), std::to_string(i));
  f.feed->Send(std::string(300'000, 'x'));
  EXPECT_EQ(client->Read()->size(), 300'000U);
  ASSERT_TRUE(client->Write("hello"));
  EXPECT_EQ(client->Read(), "echo hello");
}

TEST(WebSocketTest, EitherSideCloses) {
  Fixture f;
  auto client = f.Connect("/feed");
  ASSERT_NE(client, nullptr) << f.error;
  client->Close();
  EXPECT_TRUE(Eventually([&] { return f.feed->is_closed.load(); }));
  f.feed = std::make_shared<Feed>();
  client = f.Connect("/feed");
  ASSERT_NE(client, nullptr) << f.error;
  ASSERT_TRUE(client->Write("bye"));
  EXPECT_EQ(client->Read(), std::nullopt);
  EXPECT_TRUE(Eventually([&] { return f.feed->is_closed.load(); }));
}

TEST(WebSocketTest, StoppingClosesAnOpenOne) {
  Fixture f;
  auto client = f.Connect("/feed");
  ASSERT_NE(client, nullptr) << f.error;
  std::thread stopper([&] { f.server->Stop(); });
  EXPECT_EQ(client->Read(), std::nullopt);
  stopper.join();
  EXPECT_TRUE(f.feed->is_closed);
  f.feed->Send("nobody listens");
}

TEST(WebSocketTest, OtherRequestsAreNotUpgraded) {
  Fixture f;
  EXPECT_EQ(f.Connect("/plain"), nullptr);
  EXPECT_EQ(f.status, 200);
  auto client = MakeHttpClient({.allow_private_addresses = true});
  const auto plain = client->Send({.url = "http://" + f.server->address() + "/feed"});
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain.response->status, 426);
}

}  // namespace
}  // namespace carillon::http
