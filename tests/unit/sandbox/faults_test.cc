// Each fault, judged by the sandbox's own record of what it accepted.
#include "sandbox_fixture.h"

namespace carillon::sandbox {
namespace {

using nlohmann::json;
using FaultsTest = SandboxFixture;

TEST_F(FaultsTest, DropAfterAcceptHidesOnePost) {
  Admin("POST", "/admin/faults", {{"kind", "drop_after_accept"}});
  const auto lost = Post("hello", "k");
  EXPECT_FALSE(lost.ok());
  EXPECT_TRUE(lost.maybe_executed);
  json stats = Admin("GET", "/admin/stats");
  EXPECT_EQ(stats["accepted"], 1);
  ASSERT_EQ(stats["hidden"].size(), 1U);
  EXPECT_EQ(stats["faults"]["drop_after_accept"]["posts"], stats["hidden"]);
  const auto again = Post("hello", "k");
  EXPECT_EQ(BodyOf(again)["id"], stats["faults"]["drop_after_accept"]["posts"][0]);
  stats = Admin("GET", "/admin/stats");
  EXPECT_EQ(stats["accepted"], 1);
  EXPECT_EQ(stats["replayed"], 1);
  EXPECT_TRUE(stats["hidden"].empty()) << "it was answered in the end";
}

TEST_F(FaultsTest, IgnoreIdempotencyKeyMakesTwoPosts) {
  Admin("POST", "/admin/faults",
        {{"kind", "ignore_idempotency_key"}, {"count", -1}, {"account", "one"}});
  EXPECT_NE(BodyOf(Post("hello", "k"))["id"], BodyOf(Post("hello", "k"))["id"]);
  EXPECT_EQ(BodyOf(Post("hello", "k", "token-two"))["id"],
            BodyOf(Post("hello", "k", "token-two"))["id"]);
  EXPECT_EQ(Admin("GET", "/admin/posts")["count"], 3);
}

TEST_F(FaultsTest, CloseReusedNeedsASecondRequestOnTheConnection) {
  Admin("POST", "/admin/faults", {{"kind", "close_reused"}, {"count", -1}});
  EXPECT_TRUE(Post("fresh connections are safe").ok());
  EXPECT_TRUE(Post("always").ok());
  EXPECT_TRUE(Send("GET", "/api/v2/instance", {}, "", "", false).ok());
  // libcurl sends it again on a fresh connection, after the first copy was executed: two posts.
  EXPECT_TRUE(
      Send("POST", "/api/v1/statuses", {{"status", "reused"}}, "", "token-one", false).ok());
  const json posts = Admin("GET", "/admin/posts?after=2")["posts"];
  ASSERT_EQ(posts.size(), 2U);
  EXPECT_EQ(posts[0]["text"], posts[1]["text"]);
}

TEST_F(FaultsTest, ErrorsBeforeAndAfter) {
  Admin("POST", "/admin/faults", {{"kind", "error_before"}});
  EXPECT_EQ(Post("a").response->status, 503);
  EXPECT_EQ(Admin("GET", "/admin/posts")["count"], 0);
  Admin("POST", "/admin/faults", {{"kind", "error_after"}});
  EXPECT_EQ(Post("b").response->status, 503);
  EXPECT_EQ(Admin("GET", "/admin/posts")["count"], 1);
  EXPECT_EQ(Post("c").response->status, 200);
}

TEST_F(FaultsTest, RateLimitTellsItsReset) {
  Admin("POST", "/admin/faults", {{"kind", "rate_limit"}, {"reset_s", 90}});
  const absl::Time before = clock_.Now();
  const auto limited = Post("a");
  ASSERT_EQ(limited.response->status, 429);
  EXPECT_EQ(limited.response->Header("X-RateLimit-Remaining"), "0");
  absl::Time reset;
  std::string error;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, limited.response->Header("x-ratelimit-reset"),
                              &reset, &error))
      << error;
  EXPECT_GE(reset, before + absl::Seconds(89));
  EXPECT_LE(reset, clock_.Now() + absl::Seconds(91));
  EXPECT_EQ(Post("a").response->status, 200);
}

TEST_F(FaultsTest, AcceptLateIsAbsentAtALookUpAndThereLater) {
  Admin("POST", "/admin/faults", {{"kind", "accept_late"}, {"delay_ms", 700}});
  deadline_ = absl::Milliseconds(60);
  EXPECT_EQ(Post("late", "k").error.code(), Code::kDeadlineExceeded);
  deadline_ = absl::Seconds(20);
  EXPECT_EQ(Admin("GET", "/admin/posts")["count"], 0);
  EXPECT_TRUE(Eventually([&] { return sandbox_->shared.truth.count() == 1; }));
  EXPECT_EQ(Get("/api/v1/accounts/" + MyId() + "/statuses?limit=1")[0]["content"], "<p>late</p>");
  EXPECT_TRUE(Eventually(
      [&] { return Admin("GET", "/admin/faults")["hits"]["accept_late"]["posts"].size() == 1; }));
}

TEST_F(FaultsTest, AcceptLateMayCloseAtOnceAndMeetsTheKeyOfARetry) {
  Admin("POST", "/admin/faults", {{"kind", "accept_late"}, {"delay_ms", 300}, {"close", true}});
  const auto closed = Post("late", "k");
  EXPECT_FALSE(closed.ok());
  const json retried = BodyOf(Post("late", "k"));
  EXPECT_TRUE(Eventually([&] { return Admin("GET", "/admin/stats")["replayed"] == 1; }));
  EXPECT_EQ(sandbox_->shared.truth.count(), 1U) << "the late copy met the key of the retry";
  EXPECT_EQ(Admin("GET", "/admin/posts")["posts"][0]["id"], retried["id"]);
}

TEST_F(FaultsTest, SlowAnswersLater) {
  Admin("POST", "/admin/faults", {{"kind", "slow"}, {"delay_ms", 100}});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(Post("a").ok());
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(95));
}

TEST_F(FaultsTest, LookupDownHitsReadsOnly) {
  Admin("POST", "/admin/faults", {{"kind", "lookup_down"}, {"count", -1}});
  const std::string id = MyId();
  EXPECT_EQ(Send("GET", "/api/v1/accounts/" + id + "/statuses").response->status, 503);
  EXPECT_EQ(Send("GET", "/api/v1/statuses/1").response->status, 503);
  EXPECT_EQ(Post("a").response->status, 200);
  Admin("DELETE", "/admin/faults");
  EXPECT_EQ(Send("GET", "/api/v1/accounts/" + id + "/statuses").response->status, 200);
}

TEST_F(FaultsTest, RefuseIsForGoodAndForItsTextOnly) {
  Admin("POST", "/admin/faults", {{"kind", "refuse"}, {"count", -1}, {"text", "#no"}});
  EXPECT_EQ(Post("hello #no", "k1").response->status, 422);
  EXPECT_EQ(Post("hello #no", "k1").response->status, 422);
  EXPECT_EQ(Post("again #no", "k2").response->status, 422);
  EXPECT_EQ(Post("hello", "k3").response->status, 200);
  const json stats = Admin("GET", "/admin/stats");
  EXPECT_EQ(stats["faults"]["refuse"]["keys"], json({"k1", "k2"}));
  EXPECT_EQ(stats["refused"]["validation"], 3);
  EXPECT_EQ(stats["accepted"], 1);
}

TEST_F(FaultsTest, EachKindIsForItsTextOnly) {
  for (const char* kind : {"drop_after_accept", "accept_late", "rate_limit", "unauthorized", "error_before", "error_after"}) {
    Admin("POST", "/admin/faults", {{"kind", kind}, {"text", kind}, {"close", true}, {"delay_ms", 1}});
    EXPECT_EQ(Post("another").response->status, 200) << kind;
    const auto hit = Post(std::string("a post for ") + kind);
    EXPECT_TRUE(!hit.ok() || hit.response->status >= 400) << kind;
    EXPECT_TRUE(Admin("GET", "/admin/faults")["active"].empty()) << kind;
  }
}

TEST_F(FaultsTest, WithholdCanNeverBeSettled) {
  Admin("POST", "/admin/faults", {{"kind", "withhold"}, {"count", -1}, {"account", "one"}});
  for (int i = 0; i < 40; ++i) {
    const auto lost = Post("text " + std::to_string(i), "key " + std::to_string(i));
    EXPECT_FALSE(lost.ok());
    EXPECT_TRUE(lost.maybe_executed);
  }
  Post("text 0", "key 0");
  const json stats = Admin("GET", "/admin/stats");
  EXPECT_EQ(stats["faults"]["withhold"]["keys"].size(), 40U);
  const int accepted = stats["accepted"];
  EXPECT_GT(accepted, 5) << "some are accepted";
  EXPECT_LT(accepted, 35) << "and some are not";
  EXPECT_EQ(stats["hidden"].size(), static_cast<size_t>(accepted));
  const std::string listing = "/api/v1/accounts/" + MyId() + "/statuses";
  EXPECT_EQ(Send("GET", listing).response->status, 503);
  Admin("DELETE", "/admin/faults");
  EXPECT_EQ(Send("GET", listing).response->status, 503);
  const auto other = Send("GET", listing, {}, "", "token-two");
  EXPECT_EQ(other.response->status, 200) << "others are not silent";
}

TEST_F(FaultsTest, EveryNthOfOneAccount) {
  Admin("POST", "/admin/faults",
        {{"kind", "error_before"}, {"count", -1}, {"every", 3}, {"account", "one"}});
  std::vector<int> seen;
  for (int i = 0; i < 6; ++i) {
    seen.push_back(Post("a").response->status);
    EXPECT_EQ(Post("b", "", "token-two").response->status, 200);
  }
  EXPECT_EQ(seen, (std::vector<int>{200, 200, 503, 200, 200, 503}));
}

TEST_F(FaultsTest, BadFaultsAreRefused) {
  EXPECT_NE(Admin("POST", "/admin/faults", {{"kind", "nonsense"}})["error"].get<std::string>().find(
                "drop_after_accept"),
            std::string::npos);
  EXPECT_TRUE(Admin("POST", "/admin/faults", {{"kind", "slow"}, {"count", 0}}).contains("error"));
  EXPECT_TRUE(Admin("POST", "/admin/faults", json::array()).contains("error"));
  EXPECT_TRUE(Admin("GET", "/admin/faults")["active"].empty());
}

}  // namespace
}  // namespace carillon::sandbox
