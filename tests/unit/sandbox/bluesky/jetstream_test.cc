// The stream of commits, over a WebSocket.
#include "bluesky/fixture.h"
#include "tests/support/websocket_client.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;
using testing::WebSocketClient;

class BlueskyJetstream : public BlueskyFixture {
 protected:
  std::unique_ptr<WebSocketClient> Subscribe(const std::string& query) {
    const std::string url = sandbox_->url("bluesky");
    return WebSocketClient::Connect(std::stoi(url.substr(url.rfind(':') + 1)), "/subscribe" + query,
                                    &error_, &status_);
  }
  static json Read(WebSocketClient* client) {
    const auto text = client->Read();
    EXPECT_TRUE(text.has_value());
    return text ? json::parse(*text) : json();
  }
  std::string error_;
  int status_ = 0;
};

TEST_F(BlueskyJetstream, EveryCommitIsOneLine) {
  auto client = Subscribe("?wantedCollections=app.bsky.feed.post");
  ASSERT_NE(client, nullptr) << error_;
  const json put = BodyOf(Put(kRkey, PostRecord("hello")));
  Create("app.bsky.graph.follow", {{"subject", two_.did}, {"createdAt", "2026-01-02T03:04:05Z"}}, one_);
  Put(kRkey, PostRecord("edited"));
  Call("com.atproto.repo.deleteRecord",
       {{"repo", one_.did}, {"collection", "app.bsky.feed.post"}, {"rkey", kRkey}}, one_.access);
  int64_t last = 0;
  for (const char* operation : {"create", "update", "delete"}) {
    const json event = Read(client.get());
    EXPECT_EQ(event["did"], one_.did);
    EXPECT_EQ(event["kind"], "commit");
    EXPECT_EQ(event["commit"]["operation"], operation);
    EXPECT_EQ(event["commit"]["rkey"], kRkey);
    EXPECT_EQ(event["commit"].contains("record"), operation != std::string("delete"));
    EXPECT_GT(event["time_us"].get<int64_t>(), last);
    last = event["time_us"];
    if (operation == std::string("create")) {
      EXPECT_EQ(event["commit"]["cid"], put["cid"]);
      EXPECT_EQ(event["commit"]["rev"], put["commit"]["rev"]);
      EXPECT_EQ(event["commit"]["record"]["text"], "hello");
    }
  }
}

TEST_F(BlueskyJetstream, ACursorPlaysBackFromThere) {
  for (const char* text : {"a", "b", "c"}) Post(text);
  auto all = Subscribe("?cursor=1&wantedDids=" + one_.did);
  ASSERT_NE(all, nullptr) << error_;
  std::vector<json> events;
  for (int i = 0; i < 5; ++i) events.push_back(Read(all.get()));
  EXPECT_EQ(events[0]["kind"], "identity");
  EXPECT_EQ(events[0]["identity"]["handle"], "one.test");
  EXPECT_EQ(events[1]["kind"], "account");
  EXPECT_EQ(events[1]["account"]["active"], true);
  EXPECT_EQ(events[4]["commit"]["record"]["text"], "c");
  auto again = Subscribe("?wantedDids=" + one_.did + "&cursor=" + events[3]["time_us"].dump());
  ASSERT_NE(again, nullptr) << error_;
  EXPECT_EQ(Read(again.get()), events[3]) << "the event at the cursor comes again";
  EXPECT_EQ(Read(again.get()), events[4]);
}

TEST_F(BlueskyJetstream, OptionsMayChangeOnTheWay) {
  auto client = Subscribe("?requireHello=true&cursor=1&wantedCollections=app.bsky.graph.*");
  ASSERT_NE(client, nullptr) << error_;
  Post("a");
  ASSERT_TRUE(client->Write(
      json({{"type", "options_update"},
            {"payload", {{"wantedCollections", json::array({"app.bsky.feed.*"})},
                         {"wantedDids", json::array({one_.did})}}}}).dump()));
  EXPECT_EQ(Read(client.get())["kind"], "identity");
  EXPECT_EQ(Read(client.get())["kind"], "account");
  EXPECT_EQ(Read(client.get())["commit"]["collection"], "app.bsky.feed.post");
}

TEST_F(BlueskyJetstream, WhatCannotBeReadIsRefused) {
  for (const char* query : {"?wantedCollections=nonsense", "?wantedDids=nobody", "?cursor=x", "?compress=true"}) {
    EXPECT_EQ(Subscribe(query), nullptr);
    EXPECT_EQ(status_, 400) << query;
  }
}

}  // namespace
}  // namespace carillon::sandbox::bluesky
