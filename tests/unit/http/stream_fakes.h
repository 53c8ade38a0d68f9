// Both ends of a stream, a WebSocket's or lines without an end: what a server says, and what a client heard.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/http/server.h"
#include "common/http/websocket_client.h"

namespace carillon::http::testing {

inline constexpr auto kPatience = std::chrono::seconds(20);

// Says what Send() is given. "silence" is its last word on a connection that stays, "break off..." goes out by half.
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
  bool OnText(std::string_view text) override {
    if (text == "bye") return false;
    Send("heard " + std::string(text));
    return true;
  }
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

// What a socket told. Outlives it.
struct Heard {
  WebSocketRequest Request(std::string url) {
    WebSocketRequest request;
    request.url = std::move(url);
    auto tell = [this](const std::function<void()>& change) {
      std::lock_guard lock(mutex);
      change();
      changed.notify_all();
    };
    request.on_open = [=, this] { tell([&] { opened = true; }); };
    request.on_text = [=, this](std::string_view text) { tell([&] { texts.emplace_back(text); }); };
    request.on_end = [=, this](const Status& why) { tell([&] { end = why; }); };
    return request;
  }
  void Await(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, kPatience, condition));
  }
  Status AwaitEnd() {
    Await([&] { return end.has_value(); });
    return end.value_or(Ok());
  }

  std::mutex mutex;
  std::condition_variable changed;
  bool opened = false;
  std::vector<std::string> texts;
  std::optional<Status> end;
};

}  // namespace carillon::http::testing
