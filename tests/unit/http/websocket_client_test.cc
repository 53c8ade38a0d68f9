// The client's WebSockets, against the server's.
#include "common/http/websocket_client.h"

#include <gtest/gtest.h>

#include "tests/unit/http/stream_fakes.h"

namespace carillon::http {
namespace {

using testing::Feed;
using testing::Heard;

class WebSocketClientTest : public ::testing::Test {
 protected:
  WebSocketRequest Request(const std::string& path) { return heard_.Request("ws://" + server_->address() + path); }
  Status EndOf(const std::string& path) {
    const auto socket = client_->Open(Request(path));
    EXPECT_TRUE(socket.ok()) << socket.status();
    return heard_.AwaitEnd();
  }

  std::shared_ptr<Feed> feed_ = std::make_shared<Feed>();
  std::string authorization_;
  std::unique_ptr<HttpServer> server_ = *HttpServer::Start({}, [this](const ServerRequest& request) {
    ServerResponse response;
    if (request.path == "/feed") {
      authorization_ = request.Header("Authorization");
      response.websocket = feed_;
    } else {
      response.status = std::stoi(request.path.substr(1));
    }
    return response;
  });
  Heard heard_;
  std::unique_ptr<WebSocketClient> client_ = MakeWebSocketClient({.allow_private_addresses = true});
};

TEST_F(WebSocketClientTest, GreetsAndHearsInOrder) {
  WebSocketRequest request = Request("/feed");
  request.headers["Authorization"] = "Bearer secret";
  request.hello = {"a", "b"};
  const auto socket = *client_->Open(std::move(request));
  heard_.Await([&] { return heard_.texts.size() >= 2; });
  for (int i = 0; i < 100; ++i) feed_->Send(std::to_string(i));
  feed_->Send(std::string(300'000, 'x'));
  heard_.Await([&] { return heard_.texts.size() >= 103; });
  EXPECT_TRUE(heard_.opened);
  EXPECT_EQ(heard_.texts[0], "heard a");
  EXPECT_EQ(heard_.texts[1], "heard b");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(heard_.texts[static_cast<size_t>(i) + 2], std::to_string(i));
  EXPECT_EQ(heard_.texts[102].size(), 300'000U);
  EXPECT_EQ(authorization_, "Bearer secret");
  EXPECT_FALSE(heard_.end);
}

TEST_F(WebSocketClientTest, WhatBreaksOffWithinATextGivesNothingOfIt) {
  feed_->Send("whole");
  feed_->Send("break off " + std::string(1000, 'x'));
  EXPECT_EQ(EndOf("/feed").code(), Code::kUnavailable);
  EXPECT_EQ(heard_.texts, std::vector<std::string>{"whole"});
}

TEST_F(WebSocketClientTest, SilenceEndsIt) {
  WebSocketRequest request = Request("/feed");
  request.silence_max = absl::Milliseconds(400);
  const auto socket = *client_->Open(std::move(request));
  heard_.Await([&] { return heard_.opened; });
  feed_->Send("silence");
  heard_.Await([&] { return heard_.end.has_value(); });
  EXPECT_EQ(heard_.end->code(), Code::kUnavailable);
  EXPECT_NE(Message(*heard_.end).find("silent"), std::string::npos) << *heard_.end;
}

TEST_F(WebSocketClientTest, PongsAreSignsOfLife) {
  WebSocketRequest request = Request("/feed");
  request.silence_max = absl::Milliseconds(300);
  const auto socket = *client_->Open(std::move(request));
  heard_.Await([&] { return heard_.opened; });
  std::unique_lock lock(heard_.mutex);
  EXPECT_FALSE(heard_.changed.wait_for(lock, std::chrono::milliseconds(1200), [&] { return heard_.end.has_value(); }));
}

TEST_F(WebSocketClientTest, AnAnswerThatIsNoUpgradeSaysWhy) {
  const std::pair<const char*, Code> answers[] = {{"/401", Code::kUnauthenticated},
                                                  {"/429", Code::kResourceExhausted},
                                                  {"/200", Code::kUnavailable},
                                                  {"/503", Code::kUnavailable}};
  for (const auto& [path, code] : answers) {
    EXPECT_EQ(EndOf(path).code(), code) << path;
    heard_.end.reset();
  }
}

TEST_F(WebSocketClientTest, PrivateAddressesAreTheOperatorsChoice) {
  const auto careful = MakeWebSocketClient({});
  for (const std::string& url : {"ws://" + server_->address() + "/feed", std::string("wss://127.0.0.1:1/"),
                                 std::string("wss://[::1]/"), std::string("wss://localhost/"),
                                 std::string("ftp://a.example/")}) {
    WebSocketRequest request = Request("/feed");
    request.url = url;
    EXPECT_EQ(careful->Open(std::move(request)).status().code(), Code::kInvalidArgument) << url;
  }
}

TEST_F(WebSocketClientTest, ADestroyedOneIsNotHeardOfAgain) {
  for (int i = 0; i < 50; ++i) {
    auto socket = *client_->Open(Request("/feed"));
    if (i % 2 == 0) heard_.Await([&] { return heard_.opened; });
    socket.reset();
    std::lock_guard lock(heard_.mutex);
    EXPECT_FALSE(heard_.end);
    heard_.opened = false;
  }
}

}  // namespace
}  // namespace carillon::http
