// Lines without an end: the server's, by the client.
#include "common/http/line_client.h"

#include <gtest/gtest.h>

#include "tests/unit/http/stream_fakes.h"

namespace carillon::http {
namespace {

using testing::Feed;
using testing::Heard;

class LineClientTest : public ::testing::Test {
 protected:
  WebSocketRequest Request(const std::string& path) { return heard_.Request("http://" + server_->address() + path); }
  Status EndOf(const std::string& path) {
    const auto socket = client_->Open(Request(path));
    EXPECT_TRUE(socket.ok()) << socket.status();
    return heard_.AwaitEnd();
  }

  Heard heard_;
  std::string authorization_;
  std::shared_ptr<Feed> feed_ = std::make_shared<Feed>();
  std::unique_ptr<HttpServer> server_ = *HttpServer::Start({}, [this](const ServerRequest& request) {
    ServerResponse response;
    if (request.path == "/feed") {
      authorization_ = request.Header("Authorization");
      response.lines = feed_;
    } else {
      response.status = std::stoi(request.path.substr(1));
    }
    return response;
  });
  SystemClock clock_;
  std::unique_ptr<HttpClient> http_ = MakeHttpClient({.allow_private_addresses = true});
  std::unique_ptr<WebSocketClient> client_ = MakeLineClient(*http_, clock_);
};

TEST_F(LineClientTest, LinesComeInOrderAndSignsOfLifeAreNone) {
  WebSocketRequest request = Request("/feed");
  request.headers["Authorization"] = "Bearer secret";
  feed_->Send("");
  const auto lines = *client_->Open(std::move(request));
  heard_.Await([&] { return heard_.opened; });
  EXPECT_TRUE(heard_.texts.empty());
  for (int i = 0; i < 100; ++i) feed_->Send(std::to_string(i));
  feed_->Send("");
  feed_->Send(std::string(300'000, 'x'));
  heard_.Await([&] { return heard_.texts.size() >= 101; });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(heard_.texts[i], std::to_string(i));
  EXPECT_EQ(heard_.texts[100].size(), 300'000u);
  EXPECT_EQ(authorization_, "Bearer secret");
  EXPECT_FALSE(heard_.end);
}

TEST_F(LineClientTest, WhoGoesAwayIsHeardOf) {
  feed_->Send("");
  auto lines = *client_->Open(Request("/feed"));
  heard_.Await([&] { return heard_.opened; });
  lines.reset();
  EXPECT_TRUE(feed_->AwaitClose());
  EXPECT_FALSE(heard_.end) << "nobody is told who left himself";
}

TEST_F(LineClientTest, AnEndInOrderIsNoError) {
  feed_->Send("a");
  const auto lines = *client_->Open(Request("/feed"));
  heard_.Await([&] { return heard_.texts.size() == 1; });
  server_->Stop();
  heard_.Await([&] { return heard_.end.has_value(); });
  EXPECT_TRUE(heard_.end->ok()) << *heard_.end;
}

TEST_F(LineClientTest, HalfALineIsNone) {
  feed_->Send("whole");
  feed_->Send("break off here");
  const Status end = EndOf("/feed");
  EXPECT_EQ(end.code(), Code::kUnavailable) << end;
  EXPECT_EQ(heard_.texts, std::vector<std::string>{"whole"});
}

TEST_F(LineClientTest, SilenceEndsIt) {
  feed_->Send("a");
  feed_->Send("silence");
  WebSocketRequest request = Request("/feed");
  request.silence_max = absl::Milliseconds(500);
  const auto lines = *client_->Open(std::move(request));
  heard_.Await([&] { return heard_.end.has_value(); });
  EXPECT_EQ(heard_.end->code(), Code::kUnavailable) << *heard_.end;
  EXPECT_EQ(heard_.texts.size(), 1u);
}

TEST_F(LineClientTest, ALineWithoutAnEndIsRefused) {
  feed_->Send(std::string(5'000, 'x'));
  WebSocketRequest request = Request("/feed");
  request.text_bytes_max = 1'000;
  const auto lines = *client_->Open(std::move(request));
  heard_.Await([&] { return heard_.end.has_value(); });
  EXPECT_EQ(heard_.end->code(), Code::kUnavailable) << *heard_.end;
  EXPECT_TRUE(heard_.texts.empty());
}

TEST_F(LineClientTest, ARefusalSaysWhich) {
  EXPECT_EQ(ReasonOf(EndOf("/401")), "TOKEN_REFUSED");
  heard_.end.reset();
  EXPECT_EQ(EndOf("/429").code(), Code::kResourceExhausted);
  heard_.end.reset();
  EXPECT_EQ(EndOf("/503").code(), Code::kUnavailable);
  EXPECT_FALSE(heard_.opened);
  EXPECT_EQ(client_->Open({.url = "ftp://example"}).status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace carillon::http
