// Lines without an end: the server's, by the client.
#include "common/http/line_client.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <mutex>

#include "common/http/server.h"

namespace carillon::http {
namespace {

constexpr auto kPatience = std::chrono::seconds(20);

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
    if (text == "silence") misdeed_ = Misdeed::kSilence;
    if (text.starts_with("break off")) misdeed_ = Misdeed::kBreakOff;
    return text;
  }
  bool OnText(std::string_view) override { return false; }
  void OnClose() override {
    std::lock_guard lock(mutex_);
    is_closed_ = true;
    changed_.notify_all();
  }
  Misdeed Misbehave() override { return std::exchange(misdeed_, Misdeed::kNone); }

  void Send(std::string text) {
    std::function<void()> wake;
    {
      std::lock_guard lock(mutex_);
      texts_.push_back(std::move(text));
      wake = wake_;
    }
    if (wake) wake();
  }
  bool AwaitClose() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return is_closed_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> texts_;
  std::function<void()> wake_;
  bool is_closed_ = false;
  Misdeed misdeed_ = Misdeed::kNone;
};

class LineClientTest : public ::testing::Test {
 protected:
  WebSocketRequest Request(const std::string& path) {
    WebSocketRequest request;
    request.url = "http://" + server_->address() + path;
    auto tell = [this](const std::function<void()>& change) {
      std::lock_guard lock(mutex_);
      change();
      changed_.notify_all();
    };
    request.on_open = [=, this] { tell([&] { opened_ = true; }); };
    request.on_text = [=, this](std::string_view text) { tell([&] { texts_.emplace_back(text); }); };
    request.on_end = [=, this](const Status& why) { tell([&] { end_ = why; }); };
    return request;
  }
  void Await(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, condition));
  }
  Status EndOf(const std::string& path) {
    const auto socket = client_->Open(Request(path));
    EXPECT_TRUE(socket.ok()) << socket.status();
    Await([&] { return end_.has_value(); });
    return end_.value_or(Ok());
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool opened_ = false;
  std::vector<std::string> texts_;
  std::optional<Status> end_;
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
  Await([&] { return opened_; });
  EXPECT_TRUE(texts_.empty());
  for (int i = 0; i < 100; ++i) feed_->Send(std::to_string(i));
  feed_->Send("");
  feed_->Send(std::string(300'000, 'x'));
  Await([&] { return texts_.size() >= 101; });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(texts_[i], std::to_string(i));
  EXPECT_EQ(texts_[100].size(), 300'000u);
  EXPECT_EQ(authorization_, "Bearer secret");
  EXPECT_FALSE(end_);
}

TEST_F(LineClientTest, WhoGoesAwayIsHeardOf) {
  feed_->Send("");
  auto lines = *client_->Open(Request("/feed"));
  Await([&] { return opened_; });
  lines.reset();
  EXPECT_TRUE(feed_->AwaitClose());
  EXPECT_FALSE(end_) << "nobody is told who left himself";
}

TEST_F(LineClientTest, AnEndInOrderIsNoError) {
  feed_->Send("a");
  const auto lines = *client_->Open(Request("/feed"));
  Await([&] { return texts_.size() == 1; });
  server_->Stop();
  Await([&] { return end_.has_value(); });
  EXPECT_TRUE(end_->ok()) << *end_;
}

TEST_F(LineClientTest, HalfALineIsNone) {
  feed_->Send("whole");
  feed_->Send("break off here");
  const Status end = EndOf("/feed");
  EXPECT_EQ(end.code(), Code::kUnavailable) << end;
  EXPECT_EQ(texts_, std::vector<std::string>{"whole"});
}

TEST_F(LineClientTest, SilenceEndsIt) {
  feed_->Send("a");
  feed_->Send("silence");
  WebSocketRequest request = Request("/feed");
  request.silence_max = absl::Milliseconds(500);
  const auto lines = *client_->Open(std::move(request));
  Await([&] { return end_.has_value(); });
  EXPECT_EQ(end_->code(), Code::kUnavailable) << *end_;
  EXPECT_EQ(texts_.size(), 1u);
}

TEST_F(LineClientTest, ALineWithoutAnEndIsRefused) {
  feed_->Send(std::string(5'000, 'x'));
  WebSocketRequest request = Request("/feed");
  request.text_bytes_max = 1'000;
  const auto lines = *client_->Open(std::move(request));
  Await([&] { return end_.has_value(); });
  EXPECT_EQ(end_->code(), Code::kUnavailable) << *end_;
  EXPECT_TRUE(texts_.empty());
}

TEST_F(LineClientTest, ARefusalSaysWhich) {
  EXPECT_EQ(ReasonOf(EndOf("/401")), "TOKEN_REFUSED");
  end_.reset();
  EXPECT_EQ(EndOf("/429").code(), Code::kResourceExhausted);
  end_.reset();
  EXPECT_EQ(EndOf("/503").code(), Code::kUnavailable);
  EXPECT_FALSE(opened_);
  EXPECT_EQ(client_->Open({.url = "ftp://example"}).status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace carillon::http
