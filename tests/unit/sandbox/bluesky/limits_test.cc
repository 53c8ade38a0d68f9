// Input that is too large, too deep or not what it should be, and records that change under others' feet.
#include "bluesky/fixture.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;
using BlueskyLimits = BlueskyFixture;

TEST_F(BlueskyLimits, BodiesAreBoundedInSizeAndDepth) {
  auto send = [&](std::string body) {
    http::HttpRequest request;
    request.method = "POST";
    request.url = "/xrpc/com.atproto.repo.createRecord";
    request.body = std::move(body);
    request.content_type = "application/json";
    return Said(Send(std::move(request), one_.access));
  };
  json large = {{"repo", one_.did}, {"collection", "a.b.c"}, {"record", {{"x", std::string(200'000, 'x')}}}};
  EXPECT_EQ(send(large.dump()), "413 PayloadTooLarge");
  EXPECT_EQ(send("{\"record\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}"),
            "413 PayloadTooLarge");
  EXPECT_EQ(send("{\"record\":" + std::string(70'000, '[') + std::string(70'000, ']') + "}"),
            "400 InvalidRequest");
  EXPECT_EQ(send("{\"text\": \"" + std::string(100'000, '[') + "\"}"), "400 InvalidRequest");
  http::HttpRequest deep;
  deep.method = "POST";
  deep.url = sandbox_->url() + "/api/v1/statuses";
  deep.body = "{\"status\":" + std::string(5'000'000, '[') + std::string(5'000'000, ']') + "}";
  deep.content_type = "application/json";
  deep.headers["Authorization"] = "Bearer token";
  EXPECT_EQ(client_->Send(deep).response->status, 400) << "on Mastodon too";
  deep.url = sandbox_->admin_url() + "/admin/faults";
  deep.body = std::string(400'000, '[') + std::string(400'000, ']');
  EXPECT_EQ(client_->Send(deep).response->status, 400);
}

TEST_F(BlueskyLimits, ParametersNeedNotBeText) {
  EXPECT_EQ(Said(Query("com.atproto.server.getServiceAuth", {{"aud", "did:web:a\xff"}, {"lxm", "\xfe"}},
                       one_.access)),
            "200");
  EXPECT_EQ(Said(Query("app.bsky.feed.searchPosts", {{"q", "\xff\xfe"}}, one_.access)), "200");
}

TEST_F(BlueskyLimits, ALikeThatIsEditedLikesTheOther) {
  const json first = BodyOf(Post("first")), second = BodyOf(Post("second"));
  auto like = [](const json& post) {
    return json{{"$type", "app.bsky.feed.like"},
                {"subject", {{"uri", post["uri"]}, {"cid", post["cid"]}}},
                {"createdAt", "2026-01-02T03:04:05Z"}};
  };
  EXPECT_EQ(Said(Create("app.bsky.feed.like", like(first), one_, kRkey)), "200");
  auto likes = [&](const json& post) {
    return Get("app.bsky.feed.getLikes", {{"uri", post["uri"]}})["likes"].size();
  };
  EXPECT_EQ(likes(first), 1U);
  json input = {{"repo", one_.did},
                {"collection", "app.bsky.feed.like"},
                {"rkey", kRkey},
                {"record", like(second)}};
  EXPECT_EQ(Said(Call("com.atproto.repo.putRecord", input, one_.access)), "200");
  EXPECT_EQ(likes(first), 0U);
  EXPECT_EQ(likes(second), 1U);
  EXPECT_EQ(Said(Call("com.atproto.repo.deleteRecord", input, one_.access)), "200");
  EXPECT_EQ(likes(first), 0U);
  EXPECT_EQ(likes(second), 0U);
}

TEST_F(BlueskyLimits, DeletedPostsTakeRoomToo) {
  SandboxOptions options;
  options.bluesky.limits.records_max = 400;  // the accounts' past takes some
  Start(options);
  std::string said = "200";
  int accepted = 0;
  while (accepted <= 400) {
    const auto made = Post("a");
    said = Said(made);
    if (said != "200") break;
    ++accepted;
    const std::string uri = BodyOf(made)["uri"];
    const json input = {{"repo", one_.did},
                        {"collection", "app.bsky.feed.post"},
                        {"rkey", uri.substr(uri.rfind('/') + 1)}};
    EXPECT_EQ(Said(Call("com.atproto.repo.deleteRecord", input, one_.access)), "200");
  }
  EXPECT_EQ(said, "503 NotEnoughResources");
  EXPECT_GT(accepted, 0);
  EXPECT_EQ(Admin("GET", "/admin/posts")["count"], accepted);
}

TEST_F(BlueskyLimits, FacetsOfMessagesAreJudgedAsThoseOfPosts) {
  const http::Headers chat = {{"atproto-proxy", "did:web:api.bsky.chat#bsky_chat"}};
  const json convo = BodyOf(Query("chat.bsky.convo.getConvoForMembers", {{"members", two_.did}},
                                  one_.access, chat))["convo"];
  auto send = [&](const json& facets) {
    return Said(Call("chat.bsky.convo.sendMessage",
                     {{"convoId", convo["id"]}, {"message", {{"text", "Hi"}, {"facets", facets}}}},
                     one_.access, chat));
  };
  json facet = {{"index", {{"byteStart", 0}, {"byteEnd", 2}}}, {"features", json::array()}};
  EXPECT_EQ(send(json::array({facet})), "200");
  facet["index"]["byteEnd"] = 3;
  EXPECT_EQ(send(json::array({facet})), "400 InvalidRequest");
  EXPECT_EQ(send("nonsense"), "400 InvalidRequest");
}

TEST_F(BlueskyLimits, AWithheldPostIsNotFoundByItsUriEither) {
  Fault({{"kind", "withhold"}, {"account", "one.test"}});
  EXPECT_FALSE(Put(kRkey, PostRecord("a")).ok());
  const std::string uri = "at://" + one_.did + "/app.bsky.feed.post/" + kRkey;
  EXPECT_EQ(Said(Query("app.bsky.feed.getPosts", {{"uris", uri}})), "503 NotEnoughResources");
  EXPECT_EQ(Said(Query("app.bsky.feed.getPostThread", {{"uri", uri}})), "503 NotEnoughResources");
}

TEST_F(BlueskyLimits, WaitsAreBounded) {
  const json refused = Admin("POST", "/admin/faults", {{"kind", "slow"}, {"delay_ms", INT64_MAX}});
  EXPECT_TRUE(refused.contains("error")) << refused;
}

TEST(RateLimitsTest, KeysAreBounded) {
  RateLimits limits(2, absl::Minutes(5));
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  for (int i = 0; i < 250'000; ++i) limits.Count(std::to_string(i), now);
  EXPECT_EQ(limits.Count("again", now).remaining, 1);
  EXPECT_EQ(limits.Count("again", now).remaining, 0);
  EXPECT_FALSE(limits.Count("again", now).allowed);
  EXPECT_LE(limits.keys(), 100'001U);
}

}  // namespace
}  // namespace carillon::sandbox::bluesky
