#include "common/platform/mastodon/streamer.h"

#include <gtest/gtest.h>

#include "common/base/testing/fake_clock.h"
#include "common/platform/json.h"
#include "common/platform/mastodon/collector.h"
#include "tests/unit/mastodon/fake_http.h"

namespace carillon::mastodon {
namespace {

using http::testing::FakeHttpClient;
using platform::Json;
using platform::SignalKind;

Json StatusJson(const std::string& id, const std::string& visibility = "public") {
  return {{"id", id},
          {"created_at", "2026-11-22T10:00:00.000Z"},
          {"content", "<p>How much is it? #TrailRun</p>"},
          {"visibility", visibility},
          {"url", "https://a.example/@ann/" + id},
          {"tags", {{{"name", "TrailRun"}}}},
          {"account", {{"id", "9"}, {"acct", "ann"}, {"display_name", "Ann"}}}};
}

class MastodonStreamerTest : public ::testing::Test {
 protected:
  MastodonStreamerTest() {
    audience_.Add({"acct_1", "https://a.example", "1", "secret"});
    audience_.queries = {{"acct_1", "#trailrun"}};
  }
  platform::StreamEvent Read(const std::string& event, const Json& payload) {
    const auto read = streamer_->Read(audience_, Json{{"event", event}, {"payload", payload.dump()}}.dump());
    EXPECT_TRUE(read.ok()) << read.status();
    return read.ok() ? *read : platform::StreamEvent();
  }

  FakeHttpClient client_;
  carillon::testing::FakeClock clock_;
  platform::StreamAudience audience_;
  const std::unique_ptr<platform::Streamer> streamer_ = MakeStreamer(client_, clock_);
};

TEST_F(MastodonStreamerTest, TheServerSaysWhereAndTheTokenIsNotInTheUrl) {
  client_.Handle([](const http::HttpRequest&) {
    return FakeHttpClient::Response(200, R"({"configuration":{"urls":{"streaming":"wss://streaming.a.example"}}})");
  });
  for (int i = 0; i < 2; ++i) {
    const auto plan = streamer_->Plan(audience_, "", absl::Seconds(1));
    ASSERT_TRUE(plan.ok()) << plan.status();
    EXPECT_EQ(plan->url, "wss://streaming.a.example/api/v1/streaming?stream=user:notification");
    EXPECT_EQ(plan->headers.at("Authorization"), "Bearer secret");
    ASSERT_EQ(plan->hello.size(), 1U);
    EXPECT_EQ(Json::parse(plan->hello[0]), (Json{{"type", "subscribe"}, {"stream", "hashtag"}, {"tag", "trailrun"}}));
  }
  EXPECT_EQ(client_.requests.size(), 1U) << "where the streams are is remembered";
}

TEST_F(MastodonStreamerTest, AServerThatSaysNothingHasThemItself) {
  client_.Handle([](const http::HttpRequest& request) {
    if (request.url.find("/api/v2/") != std::string::npos) return FakeHttpClient::Response(404, R"({"error":"Not Found"})");
    return FakeHttpClient::Response(200, "{}");
  });
  const auto plan = streamer_->Plan(audience_, "", absl::Seconds(1));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(plan->url.starts_with("https://a.example/api/v1/streaming?")) << plan->url;
}

// The same notification, pushed and polled, is the same signal.
TEST_F(MastodonStreamerTest, APushedNotificationIsThePolledOne) {
  const Json notifications[] = {
      {{"id", "71"}, {"type", "mention"}, {"created_at", "2026-11-22T10:00:00.000Z"}, {"status", StatusJson("5", "private")}},
      {{"id", "72"}, {"type", "mention"}, {"created_at", "2026-11-22T10:00:00.000Z"}, {"status", StatusJson("6", "direct")}},
      {{"id", "73"}, {"type", "favourite"}, {"created_at", "2026-11-22T10:00:00.000Z"}, {"status", StatusJson("7")},
       {"account", {{"id", "9"}, {"acct", "ann"}}}}};
  const SignalKind kinds[] = {SignalKind::kMention, SignalKind::kDirectMessage, SignalKind::kFavourite};
  const auto collector = MakeCollector(client_, clock_);
  for (int i = 0; i < 3; ++i) {
    client_.Handle([&](const http::HttpRequest&) {
      return FakeHttpClient::Response(200, Json::array({notifications[i]}).dump());
    });
    const auto page = collector->Signals(audience_.accounts[0], "", 40, absl::Seconds(1));
    ASSERT_TRUE(page.ok() && page->signals.size() == 1) << page.status();
    const auto pushed = Read("notification", notifications[i]).pushed;
    ASSERT_EQ(pushed.size(), 1U);
    const platform::Signal& polled = page->signals[0];
    EXPECT_EQ(pushed[0].signal.kind, kinds[i]);
    EXPECT_EQ(pushed[0].signal.kind, polled.kind);
    EXPECT_EQ(pushed[0].signal.remote_id, polled.remote_id);
    EXPECT_EQ(pushed[0].signal.status_remote_id, polled.status_remote_id);
    EXPECT_EQ(pushed[0].signal.text, polled.text);
    EXPECT_EQ(pushed[0].signal.conversation_remote_id, polled.conversation_remote_id);
    if (i == 0) {
      EXPECT_EQ(pushed[0].signal.visibility, "private");
    }
    EXPECT_EQ(pushed[0].signal.visibility, polled.visibility);
    EXPECT_FALSE(pushed[0].is_hint);
  }
}

TEST_F(MastodonStreamerTest, AStatusWithATagThatIsListenedForIsFound) {
  const auto found = Read("update", StatusJson("5")).pushed;
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].signal.kind, SignalKind::kKeyword);
  EXPECT_EQ(found[0].terms, std::vector<std::string>{"#trailrun"});
  EXPECT_TRUE(Read("update", StatusJson("5", "private")).pushed.empty());
  Json own = StatusJson("6");
  own["account"]["id"] = "1";
  EXPECT_TRUE(Read("update", own).pushed.empty());
}

TEST_F(MastodonStreamerTest, WhatIsBrokenIsAHintOrAnErrorAndTheRestIsPassedOver) {
  const auto broken = Read("notification", {{"id", "71"}, {"type", "mention"}}).pushed;
  ASSERT_EQ(broken.size(), 1U);
  EXPECT_TRUE(broken[0].is_hint) << "something happened: polling tells what";
  EXPECT_TRUE(Read("notification", {{"id", "71"}, {"type", "poll"}, {"created_at", "2026-11-22T10:00:00Z"}}).pushed.empty());
  EXPECT_TRUE(Read("delete", 5).pushed.empty());
  EXPECT_TRUE(Read("filters_changed", Json()).pushed.empty());
  for (const char* odd : {"", "{", "[]", "{}", R"({"event":"update","payload":"{"})", R"({"event":"notification"})"}) {
    EXPECT_FALSE(streamer_->Read(audience_, odd).ok()) << odd;
  }
  EXPECT_TRUE(streamer_->Read(audience_, R"({"error":"Unknown stream type","status":400})").ok());
}

}  // namespace
}  // namespace carillon::mastodon
