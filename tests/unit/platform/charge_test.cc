// Which limits the platforms' requests count against, and scopes. The limits are the facts': whatever a connector names is one.
#include "common/platform/charge.h"

#include <gtest/gtest.h>

#include "common/base/testing/fake_clock.h"
#include "common/http/client.h"
#include "common/platform/registry.h"

namespace carillon::platform {
namespace {

class NoHttp : public http::HttpClient {
 public:
  http::HttpOutcome Send(const http::HttpRequest&) override { return {}; }
};

class ChargeTest : public ::testing::Test {
 protected:
  using Costs = std::vector<std::pair<std::string, int64_t>>;
  Costs CostsOf(const std::string& platform, std::optional<Action> action, const PublishContent& content = {}) {
    Costs out;
    for (const RateCharge& charge : (*registry_.FindConnector(platform))->RateCharges(content, action)) {
      const RateLimitFact fact = registry_.entries().at(platform).facts->Rate("rate." + charge.name);
      EXPECT_EQ(charge.limit.limit, fact.limit) << charge.name;
      EXPECT_EQ(charge.limit.window, fact.window) << charge.name;
      EXPECT_NE(charge.limit.scope, "address") << charge.name;
      out.emplace_back(charge.name, charge.cost);
    }
    return out;
  }

  carillon::testing::FakeClock clock_;
  NoHttp http_;
  Registry registry_ = *Registry::MakeAll(http_, clock_);
};

TEST_F(ChargeTest, APost) {
  EXPECT_EQ(CostsOf("mastodon", {}), (Costs{{"post", 1}, {"requests", 1}}));
  EXPECT_EQ(CostsOf("x", {}), (Costs{{"post", 1}, {"post_of_app", 1}}));
  EXPECT_EQ(CostsOf("bluesky", {}), (Costs{{"points_of_hour", 2}, {"points_of_day", 2}})) << "it is put under its key";
  PublishContent closed;
  closed.reply_groups.emplace();
  EXPECT_EQ(CostsOf("bluesky", {}, closed), (Costs{{"points_of_hour", 6}, {"points_of_day", 6}})) << "two are created";
}

TEST_F(ChargeTest, ADirectMessage) {
  PublishContent message;
  message.conversation_remote_id = "1-2";
  EXPECT_EQ(CostsOf("x", {}, message), (Costs{{"dm_send", 1}, {"dm_send_of_day", 1}, {"dm_send_of_app", 1}}));
  EXPECT_EQ(CostsOf("bluesky", {}, message), Costs{});
  EXPECT_EQ(CostsOf("mastodon", {}, message), (Costs{{"post", 1}, {"requests", 1}}));
}

TEST_F(ChargeTest, Actions) {
  EXPECT_EQ(CostsOf("mastodon", Action::kDelete), (Costs{{"delete", 1}, {"requests", 1}}));
  EXPECT_EQ(CostsOf("mastodon", Action::kRepost), (Costs{{"post", 1}, {"requests", 1}}));
  EXPECT_EQ(CostsOf("mastodon", Action::kEdit), (Costs{{"post", 0}, {"requests", 1}}));
  EXPECT_EQ(CostsOf("mastodon", Action::kLike), (Costs{{"requests", 1}}));
  EXPECT_EQ(CostsOf("x", Action::kLike), (Costs{{"like", 1}, {"like_of_day", 1}}));
  EXPECT_EQ(CostsOf("x", Action::kUnlike), (Costs{{"unlike", 1}, {"unlike_of_day", 1}}));
  EXPECT_EQ(CostsOf("x", Action::kDelete), (Costs{{"delete", 1}}));
  EXPECT_EQ(CostsOf("x", Action::kUnhide), (Costs{{"hide_reply", 1}}));
  EXPECT_EQ(CostsOf("x", Action::kEdit), Costs{}) << "not offered";
  EXPECT_EQ(CostsOf("bluesky", Action::kLike), (Costs{{"points_of_hour", 2}, {"points_of_day", 2}}));
  EXPECT_EQ(CostsOf("bluesky", Action::kUnlike), (Costs{{"points_of_hour", 1}, {"points_of_day", 1}}));
}

TEST_F(ChargeTest, Scopes) {
  EXPECT_EQ(ScopesIn(" read  write\n"), (std::vector<std::string>{"read", "write"}));
  EXPECT_TRUE(ScopesIn("").empty());
  EXPECT_EQ(ScopesMissing("read write", {"write:statuses", "read"}), std::vector<std::string>{"write"});
  const auto missing = [&](const char* platform, const std::vector<std::string>& granted) {
    return (*registry_.FindConnector(platform))->MissingScopes(granted);
  };
  EXPECT_TRUE(missing("mastodon", {"read", "write", "push"}).empty());
  EXPECT_EQ(missing("mastodon", {"read"}), std::vector<std::string>{"write"});
  EXPECT_EQ(missing("x", ScopesIn(registry_.entries().at("x").facts->Text("token.scopes"))).size(), 0u);
  EXPECT_FALSE(missing("x", {"tweet.read"}).empty());
}

}  // namespace
}  // namespace carillon::platform
