// Each fault on publishing and on uploads, judged by the sandbox's own record of what it accepted.
#include "bluesky/fixture.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;
using BlueskyFaults = BlueskyFixture;

TEST_F(BlueskyFaults, DropAfterAcceptIsSettledByThePutAgain) {
  Fault({{"kind", "drop_after_accept"}, {"platform", "bluesky"}});
  const auto lost = Put(kRkey, PostRecord("hello"));
  EXPECT_FALSE(lost.ok());
  EXPECT_TRUE(lost.maybe_executed);
  const std::string uri = "at://" + one_.did + "/app.bsky.feed.post/" + kRkey;
  json stats = Admin("GET", "/admin/stats?platform=bluesky");
  EXPECT_EQ(stats["hidden"], json::array({uri}));
  EXPECT_EQ(stats["faults"]["drop_after_accept"]["posts"], json::array({uri}));
  EXPECT_EQ(BodyOf(Put(kRkey, PostRecord("hello")))["uri"], uri);
  stats = Admin("GET", "/admin/stats");
  EXPECT_EQ(stats["accepted"], 1);
  EXPECT_EQ(stats["replayed"], 1);
  EXPECT_TRUE(stats["hidden"].empty()) << "it was answered in the end";
}

TEST_F(BlueskyFaults, ARetryOfACreateMakesASecondPost) {
  Fault({{"kind", "error_after"}});
  EXPECT_EQ(Said(Post("hello")), "503 NotEnoughResources");
  EXPECT_EQ(Said(Post("hello")), "200");
  EXPECT_EQ(Admin("GET", "/admin/posts")["count"], 2);
}

TEST_F(BlueskyFaults, WhatComesBeforeIsNotAccepted) {
  Fault({{"kind", "error_before"}});
  EXPECT_EQ(Said(Put(kRkey, PostRecord("a"))), "503 NotEnoughResources");
  Fault({{"kind", "unauthorized"}});
  EXPECT_EQ(Said(Put(kRkey, PostRecord("a"))), "400 ExpiredToken");
  Fault({{"kind", "unauthorized"}, {"platform", "bluesky"}, {"error", "InvalidToken"}});
  EXPECT_EQ(Said(Put(kRkey, PostRecord("a"))), "400 InvalidToken");
  Fault({{"kind", "rate_limit"}, {"reset_s", 90}});
  const auto limited = Put(kRkey, PostRecord("a"));
  EXPECT_EQ(Said(limited), "429 RateLimitExceeded");
  EXPECT_EQ(limited.response->Header("ratelimit-remaining"), "0");
  EXPECT_EQ(limited.response->Header("ratelimit-policy"), "5000;w=3600");
  const int64_t reset = std::stoll(limited.response->Header("ratelimit-reset"));
  EXPECT_NEAR(static_cast<double>(reset), absl::ToUnixSeconds(clock_.Now()) + 90, 3);
  EXPECT_EQ(Admin("GET", "/admin/posts")["count"], 0);
  EXPECT_EQ(Said(Put(kRkey, PostRecord("a"))), "200");
}

TEST_F(BlueskyFaults, AcceptLateIsAbsentAtALookUpAndThereLater) {
  Fault({{"kind", "accept_late"}, {"delay_ms", 300}, {"close", true}});
  EXPECT_FALSE(Put(kRkey, PostRecord("late")).ok());
  const http::FormFields get = {
      {"repo", one_.did}, {"collection", "app.bsky.feed.post"}, {"rkey", kRkey}};
  EXPECT_EQ(Said(Query("com.atproto.repo.getRecord", get)), "400 RecordNotFound");
  EXPECT_TRUE(Eventually([&] { return sandbox_->shared.truth.count() == 1; }));
  EXPECT_EQ(Said(Query("com.atproto.repo.getRecord", get)), "200");
  EXPECT_TRUE(Eventually([&] { return Admin("GET", "/admin/stats")["hidden"].size() == 1; }));
}

TEST_F(BlueskyFaults, TheLateCopyMeetsTheRetry) {
  Fault({{"kind", "accept_late"}, {"delay_ms", 300}, {"close", true}});
  EXPECT_FALSE(Put(kRkey, PostRecord("late")).ok());
  EXPECT_EQ(Said(Put(kRkey, PostRecord("late"))), "200");
  EXPECT_TRUE(Eventually([&] { return Admin("GET", "/admin/stats")["replayed"] == 1; }));
  EXPECT_EQ(Admin("GET", "/admin/posts")["count"], 1);
}

TEST_F(BlueskyFaults, RefuseIsForGoodAndForItsTextOnly) {
  Fault({{"kind", "refuse"}, {"count", -1}, {"text", "#no"}});
  EXPECT_EQ(Said(Put(kRkey, PostRecord("hello #no"))), "400 InvalidRequest");
  EXPECT_EQ(Said(Put(kRkey, PostRecord("hello #no"))), "400 InvalidRequest");
  EXPECT_EQ(Said(Put("3jzfcijpj2z2b", PostRecord("hello"))), "200");
  EXPECT_EQ(Admin("GET", "/admin/stats")["faults"]["refuse"]["keys"], json::array({kRkey}));
}

TEST_F(BlueskyFaults, WithholdCanNeverBeSettled) {
  Fault({{"kind", "withhold"}, {"count", -1}, {"account", "one.test"}});
  for (int i = 0; i < 20; ++i) {
    const std::string rkey = std::string("3jzfcijpj2z") + "abcdefghijklmnopqrst"[i] + "2";
    EXPECT_TRUE(Put(rkey, PostRecord(rkey)).maybe_executed);
  }
  const int accepted = Admin("GET", "/admin/stats")["accepted"];
  EXPECT_GT(accepted, 2);
  EXPECT_LT(accepted, 18);
  Admin("DELETE", "/admin/faults");
  const http::FormFields list = {{"repo", one_.did}, {"collection", "app.bsky.feed.post"}};
  EXPECT_EQ(Said(Query("com.atproto.repo.listRecords", list, one_.access)), "503 NotEnoughResources");
  EXPECT_EQ(Said(Query("com.atproto.repo.listRecords", list)), "503 NotEnoughResources")
      << "nor may one ask without a token";
  EXPECT_EQ(Said(Query("app.bsky.feed.getAuthorFeed", {{"actor", "two.test"}}, two_.access)), "200");
}

TEST_F(BlueskyFaults, LookupDownHitsReadsOnly) {
  Fault({{"kind", "lookup_down"}, {"count", -1}, {"platform", "bluesky"}});
  EXPECT_EQ(Said(Query("app.bsky.feed.getAuthorFeed", {{"actor", one_.did}}, one_.access)),
            "503 NotEnoughResources");
  EXPECT_EQ(Said(Put(kRkey, PostRecord("a"))), "200");
}

TEST_F(BlueskyFaults, BatchesArePlayedToo) {
  Fault({{"kind", "drop_after_accept"}});
  json create = {{"$type", "com.atproto.repo.applyWrites#create"},
                 {"collection", "app.bsky.feed.post"},
                 {"rkey", kRkey},
                 {"value", PostRecord("a")}};
  json input = {{"repo", one_.did}, {"writes", json::array({create})}};
  EXPECT_FALSE(Call("com.atproto.repo.applyWrites", input, one_.access).ok());
  EXPECT_EQ(Admin("GET", "/admin/posts")["count"], 1);
  EXPECT_EQ(Said(Create("app.bsky.graph.follow",
                        {{"subject", two_.did}, {"createdAt", "2026-01-02T03:04:05Z"}}, one_)),
            "200")
      << "what is no post is not played";
}

TEST_F(BlueskyFaults, UploadsHaveTheirOwnStep) {
  auto upload = [&] {
    http::HttpRequest request;
    request.method = "POST";
    request.url = "/xrpc/com.atproto.repo.uploadBlob";
    request.body = "\x89PNG";
    request.has_effect = true;
    return Send(request, one_.access);
  };
  for (const auto& [kind, said] : {std::pair("error_before", "503 NotEnoughResources"),
                                   std::pair("rate_limit", "429 RateLimitExceeded"),
                                   std::pair("unauthorized", "400 ExpiredToken"),
                                   std::pair("error_after", "503 NotEnoughResources")}) {
    Fault({{"kind", kind}, {"platform", "bluesky"}, {"step", "upload"}});
    EXPECT_EQ(Said(Put(kRkey, PostRecord("a"))), "200") << "posting is another step";
    EXPECT_EQ(Said(upload()), said);
    EXPECT_EQ(Said(upload()), "200");
  }
  Fault({{"kind", "drop_after_accept"}, {"platform", "bluesky"}, {"step", "upload"}});
  EXPECT_TRUE(upload().maybe_executed);
  EXPECT_TRUE(Admin("GET", "/admin/stats")["hidden"].empty()) << "a file is no post";
}

TEST_F(BlueskyFaults, AFaultMayBeOfOnePlatform) {
  Fault({{"kind", "error_before"}, {"count", -1}, {"platform", "mastodon"}});
  EXPECT_EQ(Said(Put(kRkey, PostRecord("a"))), "200");
  http::HttpRequest request;
  request.method = "POST";
  request.url = sandbox_->url() + "/api/v1/statuses";
  request.form = {{"status", "a"}};
  request.headers["Authorization"] = "Bearer token";
  EXPECT_EQ(client_->Send(request).response->status, 503);
}

TEST_F(BlueskyFaults, WhatHasNoMeaningIsRefusedWithTheReason) {
  const json refused = Admin("POST", "/admin/faults",
                             {{"kind", "ignore_idempotency_key"}, {"platform", "bluesky"}});
  EXPECT_NE(refused["error"].get<std::string>().find("no idempotency keys"), std::string::npos);
  EXPECT_TRUE(Admin("POST", "/admin/faults", {{"kind", "slow"}, {"platform", "nowhere"}}).contains("error"));
  EXPECT_TRUE(Admin("POST", "/admin/faults", {{"kind", "slow"}, {"platform", "mastodon"}, {"step", "upload"}})
                  .contains("error"));
  EXPECT_TRUE(Admin("POST", "/admin/faults", {{"kind", "unauthorized"}, {"platform", "bluesky"}, {"error", "Other"}})
                  .contains("error"));
  Fault({{"kind", "ignore_idempotency_key"}, {"count", -1}});
  EXPECT_EQ(Said(Put(kRkey, PostRecord("a"))), "200");
  EXPECT_EQ(Said(Put(kRkey, PostRecord("a"))), "200");
  EXPECT_EQ(Admin("GET", "/admin/posts")["count"], 1);
}

}  // namespace
}  // namespace carillon::sandbox::bluesky
