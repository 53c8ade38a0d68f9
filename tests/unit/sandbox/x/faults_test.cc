// Each fault on publishing and on uploads, judged by the sandbox's own record of what it accepted.
#include "x/fixture.h"

namespace carillon::sandbox::x {
namespace {

using nlohmann::json;
using XFaults = XFixture;

TEST_F(XFaults, ALostAnswerIsProvenByTheDuplicate) {
  Fault({{"kind", "drop_after_accept"}});
  const auto lost = Post({{"text", "hello"}});
  EXPECT_FALSE(lost.ok());
  EXPECT_TRUE(lost.maybe_executed);
  const json stats = Admin("GET", "/admin/stats?platform=x");
  EXPECT_EQ(stats["accepted"], 1);
  EXPECT_EQ(stats["hidden"].size(), 1U);
  EXPECT_EQ(Said(Post({{"text", "hello"}})),
            "403 You are not allowed to create a Tweet with duplicate content.");
  EXPECT_EQ(Get("/2/users/" + one_ + "/tweets?max_results=5")["data"][0]["id"], stats["hidden"][0]);
  EXPECT_EQ(Admin("GET", "/admin/posts?platform=x")["count"], 1);
}

TEST_F(XFaults, WhereDuplicatesAreNotNoticedARetryDoubles) {
  Fault({{"kind", "ignore_idempotency_key"}, {"count", -1}});
  Posted("hello");
  Posted("hello");
  EXPECT_EQ(Admin("GET", "/admin/posts?platform=x")["count"], 2);
  EXPECT_EQ(Admin("GET", "/admin/stats")["faults"]["ignore_idempotency_key"]["posts"].size(), 2U);
}

TEST_F(XFaults, WhatComesBeforeIsNotAccepted) {
  Fault({{"kind", "error_before"}});
  EXPECT_EQ(Said(Post({{"text", "a"}})), "503 Service Unavailable");
  Fault({{"kind", "unauthorized"}});
  EXPECT_EQ(Said(Post({{"text", "a"}})), "401 Unauthorized");
  Fault({{"kind", "unauthorized"}, {"error", "UnsupportedAuthentication"}});
  EXPECT_EQ(BodyOf(Post({{"text", "a"}}))["title"], "Unsupported Authentication");
  Fault({{"kind", "rate_limit"}, {"reset_s", 90}});
  const auto limited = Post({{"text", "a"}});
  EXPECT_EQ(Said(limited), "429 Too Many Requests");
  EXPECT_NEAR(static_cast<double>(std::stoll(limited.response->Header("x-rate-limit-reset"))),
              absl::ToUnixSeconds(clock_.Now()) + 90, 3);
  Fault({{"kind", "refuse"}, {"text", "#no"}});
  EXPECT_EQ(Said(Post({{"text", "a #no"}})), "403 You are not permitted to perform this action.");
  EXPECT_EQ(Admin("GET", "/admin/posts?platform=x")["count"], 0);
  EXPECT_EQ(Said(Post({{"text", "a"}})), "201");
}

TEST_F(XFaults, AcceptLateIsAbsentAtALookUpAndThereLater) {
  Fault({{"kind", "accept_late"}, {"delay_ms", 300}, {"close", true}});
  EXPECT_FALSE(Post({{"text", "late"}}).ok());
  EXPECT_EQ(Said(Post({{"text", "late"}})), "201") << "it is not there yet";
  EXPECT_TRUE(Eventually([&] {
    return Admin("GET", "/admin/stats?platform=x")["refused"]["validation"] == 1;
  })) << "the late copy meets the retry";
  EXPECT_EQ(Admin("GET", "/admin/posts?platform=x")["count"], 1);
}

TEST_F(XFaults, WithholdCanNeverBeSettled) {
  Fault({{"kind", "withhold"}, {"count", -1}, {"account", "one"}});
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(Post({{"text", std::to_string(i)}}).maybe_executed);
  const int accepted = Admin("GET", "/admin/stats?platform=x")["accepted"];
  EXPECT_GT(accepted, 2);
  EXPECT_LT(accepted, 18);
  Admin("DELETE", "/admin/faults");
  EXPECT_EQ(Said(Send("GET", "/2/users/" + one_ + "/tweets")), "503 Service Unavailable");
  EXPECT_EQ(Said(Send("GET", "/2/users/" + two_ + "/tweets", nullptr, "token-two")), "200");
}

TEST_F(XFaults, LookupDownHitsReadsOnly) {
  Fault({{"kind", "lookup_down"}, {"count", -1}});
  EXPECT_EQ(Said(Send("GET", "/2/tweets?ids=1")), "503 Service Unavailable");
  EXPECT_EQ(Said(Post({{"text", "a"}})), "201");
}

TEST_F(XFaults, UploadsHaveTheirOwnStep) {
  auto start = [&] {
    return Send("POST", "/2/media/upload/initialize",
                {{"media_type", "image/png"}, {"media_category", "tweet_image"}, {"total_bytes", 8}});
  };
  for (const auto& [kind, said] : {std::pair("error_before", "503 Service Unavailable"),
                                   std::pair("rate_limit", "429 Too Many Requests"),
                                   std::pair("unauthorized", "401 Unauthorized"),
                                   std::pair("error_after", "503 Service Unavailable")}) {
    Fault({{"kind", kind}, {"step", "upload"}});
    EXPECT_EQ(Said(Post({{"text", kind}})), "201") << "posting is another step";
    EXPECT_EQ(Said(start()), said);
    EXPECT_EQ(Said(start()), "200");
  }
  EXPECT_TRUE(Admin("POST", "/admin/faults", {{"kind", "withhold"}, {"platform", "x"}, {"step", "upload"}}).contains("error"));
  EXPECT_TRUE(Admin("POST", "/admin/faults", {{"kind", "slow"}, {"platform", "x"}, {"error", "Other"}}).contains("error"));
}

}  // namespace
}  // namespace carillon::sandbox::x
