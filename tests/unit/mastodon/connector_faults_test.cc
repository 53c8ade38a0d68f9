// The connector over real sockets against a server that misbehaves: what is told as unknown, and how often the server was asked.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/http/server.h"
#include "common/platform/mastodon/connector.h"
#include "common/platform/mastodon/facts.h"
#include "tests/support/upload.h"

namespace carillon::mastodon {
namespace {

using http::ServerRequest;
using http::ServerResponse;
using Kind = platform::PublishOutcome::Kind;

class ConnectorFaults : public ::testing::Test {
 protected:
  void Serve(http::ServerHandler handler) {
    auto started = http::HttpServer::Start({}, [this, handler](const ServerRequest& request) {
      if (request.method == "POST" && request.path == "/api/v1/statuses") ++posts_;
      return handler(request);
    });
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = std::move(*started);
    access_.base_url = "http://" + server_->address();
  }
  platform::PublishOutcome Publish(absl::Duration timeout = absl::Seconds(10)) {
    platform::PublishRequest request;
    request.access = access_;
    request.content.text = "Hello";
    request.idempotency_key = "key-1";
    request.timeout = timeout;
    return connector_->Publish(request);
  }

  SystemClock clock_;
  const std::unique_ptr<http::HttpClient> client_ = http::MakeHttpClient({.allow_private_addresses = true});
  const std::unique_ptr<platform::Connector> connector_ = MakeConnector(*client_, clock_, OwnFacts());
  platform::AccountAccess access_{.account_id = "acct_x", .remote_account_id = "1", .access_token = "s3cr3t"};
  std::atomic<int> posts_ = 0;
  std::unique_ptr<http::HttpServer> server_;
};

TEST_F(ConnectorFaults, PublishesOverTheWire) {
  std::string key, token, body;
  Serve([&](const ServerRequest& request) {
    key = request.Header("Idempotency-Key");
    token = request.Header("Authorization");
    body = request.body;
    return ServerResponse{.body = R"({"id":"1","url":"http://x/1"})"};
  });
  EXPECT_EQ(Publish().kind, Kind::kPublished);
  EXPECT_EQ(key, "key-1");
  EXPECT_EQ(token, "Bearer s3cr3t");
  EXPECT_EQ(body, R"({"status":"Hello"})");
}

TEST_F(ConnectorFaults, ClosedWithoutAByteIsUnknownAndAskedOnce) {
  Serve([](const ServerRequest&) { return ServerResponse{.close_without_answer = true}; });
  EXPECT_EQ(Publish().kind, Kind::kUnknown);
  EXPECT_EQ(posts_, 1);
}

// The server closes the connections that it has answered on as soon as they are used again: a client that took one of them would
// silently send the request twice.
TEST_F(ConnectorFaults, ServerClosesAfterExecuteOneEffect) {
  Serve([](const ServerRequest& request) {
    if (request.request_number > 1) return ServerResponse{.close_without_answer = true};
    if (request.method == "GET") return ServerResponse{.body = R"({"id":"1","acct":"a"})"};
    return ServerResponse{.body = R"({"id":"7"})"};
  });
  ASSERT_TRUE(connector_->Verify(access_, absl::Seconds(5)).ok());
  EXPECT_EQ(Publish().kind, Kind::kPublished);
  EXPECT_EQ(posts_, 1);
}

TEST_F(ConnectorFaults, HalfAnAnswerIsUnknown) {
  Serve([](const ServerRequest&) { return ServerResponse{.body = R"({"id":"1"})", .close_after_bytes = 20}; });
  EXPECT_EQ(Publish().kind, Kind::kUnknown);
  EXPECT_EQ(posts_, 1);
}

TEST_F(ConnectorFaults, NoAnswerInTimeIsUnknown) {
  Serve([](const ServerRequest&) { return ServerResponse{.body = R"({"id":"1"})", .delay = absl::Minutes(1)}; });
  EXPECT_EQ(Publish(absl::Milliseconds(300)).kind, Kind::kUnknown);
  EXPECT_EQ(posts_, 1);
}

TEST_F(ConnectorFaults, RedirectIsNotFollowed) {
  Serve([](const ServerRequest&) {
    return ServerResponse{.status = 307, .headers = {{"Location", "/api/v1/statuses"}}};
  });
  EXPECT_EQ(Publish().kind, Kind::kRefused);
  EXPECT_EQ(posts_, 1);
}

TEST_F(ConnectorFaults, NobodyThereIsRefused) {
  Serve([](const ServerRequest&) { return ServerResponse{}; });
  server_.reset();
  const platform::PublishOutcome out = Publish();
  EXPECT_EQ(out.kind, Kind::kRefused);
  EXPECT_EQ(out.error_class, platform::ErrorClass::kRetryable);
}

TEST_F(ConnectorFaults, NotTlsIsRefused) {
  Serve([](const ServerRequest&) { return ServerResponse{}; });
  access_.base_url = "https://" + server_->address();
  const platform::PublishOutcome out = Publish();
  EXPECT_EQ(out.kind, Kind::kRefused);
  EXPECT_EQ(out.error_class, platform::ErrorClass::kRetryable);
}

TEST_F(ConnectorFaults, UnknownHostIsRefused) {
  access_.base_url = "https://nowhere.invalid";
  const platform::PublishOutcome out = Publish();
  EXPECT_EQ(out.kind, Kind::kRefused);
  EXPECT_EQ(out.error_class, platform::ErrorClass::kRetryable);
}

TEST_F(ConnectorFaults, PrivateAddressIsRefusedUnlessAllowed) {
  Serve([](const ServerRequest&) { return ServerResponse{.body = R"({"id":"1"})"}; });
  const auto strict = http::MakeHttpClient({});
  platform::PublishRequest request;
  request.access = access_;
  request.content.text = "Hello";
  request.timeout = absl::Seconds(5);
  const platform::PublishOutcome out = MakeConnector(*strict, clock_, OwnFacts())->Publish(request);
  EXPECT_EQ(out.kind, Kind::kRefused);
  EXPECT_EQ(out.error_class, platform::ErrorClass::kPermanent);
  EXPECT_EQ(posts_, 0);
}

TEST_F(ConnectorFaults, UploadStreamsTheFileAndPolls) {
  std::string pattern = ::testing::TempDir() + "/uploadXXXXXX";
  const int file = mkstemp(pattern.data());
  ASSERT_GE(file, 0);
  close(file);
  std::ofstream(pattern) << "PNG-BYTES";
  std::mutex mutex;
  std::string body;
  std::atomic<int> polls = 0;
  Serve([&](const ServerRequest& request) {
    if (request.method == "POST") {
      std::lock_guard lock(mutex);
      body = request.body;
      return ServerResponse{.status = 202, .body = R"({"id":"5"})"};
    }
    return ServerResponse{.status = ++polls < 2 ? 206 : 200, .body = R"({"id":"5"})"};
  });
  const auto id = carillon::testing::Upload(*connector_, access_, {.path = pattern, .mime_type = "image/png", .alt_text = "eine Glocke"},
                                          absl::Seconds(20));
  std::filesystem::remove(pattern);
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(*id, "5");
  EXPECT_EQ(polls, 2);
  std::lock_guard lock(mutex);
  EXPECT_NE(body.find("PNG-BYTES"), std::string::npos);
  EXPECT_NE(body.find("eine Glocke"), std::string::npos);
  EXPECT_NE(body.find("Content-Type: image/png"), std::string::npos);
}

TEST_F(ConnectorFaults, UploadOfAMissingFileIsPermanent) {
  Serve([](const ServerRequest&) { return ServerResponse{.body = "{}"}; });
  const Status status = carillon::testing::Upload(*connector_, access_, {.path = "/nowhere/x.png"}, absl::Seconds(5)).status();
  EXPECT_EQ(ReasonOf(status), "UNREADABLE_FILE");
}

}  // namespace
}  // namespace carillon::mastodon
