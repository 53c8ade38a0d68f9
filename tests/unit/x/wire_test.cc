// The connector over real sockets: chunks arrive as they are, and a post whose answer is lost was asked for once.
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <string>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/http/multipart.h"
#include "common/http/server.h"
#include "common/platform/x/connector.h"
#include "common/platform/x/facts.h"
#include "tests/support/child_process.h"
#include "tests/support/upload.h"

namespace carillon::x {
namespace {

using http::ServerRequest;
using http::ServerResponse;

class XWire : public ::testing::Test {
 protected:
  void Serve(http::ServerHandler handler) {
    auto started = http::HttpServer::Start({.body_bytes_max = 3 << 20}, std::move(handler));
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = std::move(*started);
    access_.base_url = "http://" + server_->address();
  }
  platform::PublishOutcome Publish() {
    platform::PublishRequest request;
    request.access = access_;
    request.content.text = "Hello";
    request.timeout = absl::Seconds(20);
    return connector_->Publish(request);
  }

  SystemClock clock_;
  const std::unique_ptr<http::HttpClient> client_ = http::MakeHttpClient({.allow_private_addresses = true});
  const std::unique_ptr<platform::Connector> connector_ = MakeConnector(*client_, clock_, OwnFacts());
  platform::AccountAccess access_{.account_id = "acct_x", .remote_account_id = "12", .access_token = "s3cr3t"};
  carillon::testing::TempDir folder_;
  std::mutex mutex_;
  int posts_ = 0;
  std::unique_ptr<http::HttpServer> server_;
};

TEST_F(XWire, ClosedWithoutAByteIsUnknownAndAskedOnce) {
  Serve([this](const ServerRequest&) {
    std::lock_guard lock(mutex_);
    ++posts_;
    return ServerResponse{.close_without_answer = true};
  });
  EXPECT_EQ(Publish().kind, platform::PublishOutcome::Kind::kUnknown);
  std::lock_guard lock(mutex_);
  EXPECT_EQ(posts_, 1);
}

// A connection that was used before and dies as soon as it is used again: a client that took it would silently ask twice.
TEST_F(XWire, APostHasAConnectionOfItsOwn) {
  Serve([this](const ServerRequest& request) {
    std::lock_guard lock(mutex_);
    if (request.method == "POST") ++posts_;
    if (request.request_number > 1) return ServerResponse{.close_without_answer = true};
    if (request.method == "GET") return ServerResponse{.body = R"({"data":{"id":"12","username":"brand"}})"};
    return ServerResponse{.status = 201, .body = R"({"data":{"id":"7","text":"Hello"}})"};
  });
  ASSERT_TRUE(connector_->Verify(access_, absl::Seconds(20)).ok());
  EXPECT_EQ(Publish().kind, platform::PublishOutcome::Kind::kPublished);
  std::lock_guard lock(mutex_);
  EXPECT_EQ(posts_, 1);
}

TEST_F(XWire, ChunksArriveAsTheyAre) {
  std::string content((2 << 20) + 5, '\0');
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 + i / 251);
  std::map<std::string, std::string> segments;
  std::string sent_token;
  Serve([&](const ServerRequest& request) {
    std::lock_guard lock(mutex_);
    sent_token = request.Header("Authorization");
    if (!request.path.ends_with("/append")) return ServerResponse{.body = R"({"data":{"id":"5"}})"};
    const auto parts = http::ParseMultipart(request.Header("Content-Type"), request.body);
    if (!parts.ok() || parts->size() != 2) return ServerResponse{.status = 400};
    segments[(*parts)[0].body] = (*parts)[1].name == "media" ? (*parts)[1].body : "";
    return ServerResponse{.status = 204};
  });
  const platform::MediaItem item = {.path = folder_.Write("a.mp4", content), .mime_type = "video/mp4"};
  const auto id = carillon::testing::Upload(*connector_, access_, item, absl::Seconds(60));
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(*id, "5");
  std::lock_guard lock(mutex_);
  EXPECT_EQ(sent_token, "Bearer s3cr3t");
  ASSERT_EQ(segments.size(), 2u);
  EXPECT_TRUE(segments["0"] + segments["1"] == content);
}

}  // namespace
}  // namespace carillon::x
