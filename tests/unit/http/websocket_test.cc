// The server's WebSockets, by a client of Boost.Beast.
#include <gtest/gtest.h>

#include <thread>

#include "common/http/server.h"
#include "tests/support/websocket_client.h"
#include "tests/unit/http/stream_fakes.h"

namespace carillon::http {
namespace {

using testing::Feed;
using carillon::testing::WebSocketClient;

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

TEST(WebSocketTest, WhatWaitsAndWhatComesLaterIsSentInOrder) {
  Fixture f;
  for (int i = 0; i < 100; ++i) f.feed->Send(std::to_string(i));
  auto client = f.Connect("/feed");
  ASSERT_NE(client, nullptr) << f.error;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client->Read(), std::to_string(i));
  f.feed->Send(std::string(300'000, 'x'));
  EXPECT_EQ(client->Read()->size(), 300'000U);
  ASSERT_TRUE(client->Write("hello"));
  EXPECT_EQ(client->Read(), "heard hello");
}

TEST(WebSocketTest, EitherSideCloses) {
  Fixture f;
  auto client = f.Connect("/feed");
  ASSERT_NE(client, nullptr) << f.error;
  client->Close();
  EXPECT_TRUE(f.feed->AwaitClose());
  f.feed = std::make_shared<Feed>();
  client = f.Connect("/feed");
  ASSERT_NE(client, nullptr) << f.error;
  ASSERT_TRUE(client->Write("bye"));
  EXPECT_EQ(client->Read(), std::nullopt);
  EXPECT_TRUE(f.feed->AwaitClose());
}

TEST(WebSocketTest, StoppingClosesAnOpenOne) {
  Fixture f;
  auto client = f.Connect("/feed");
  ASSERT_NE(client, nullptr) << f.error;
  std::thread stopper([&] { f.server->Stop(); });
  EXPECT_EQ(client->Read(), std::nullopt);
  stopper.join();
  EXPECT_TRUE(f.feed->AwaitClose());
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
