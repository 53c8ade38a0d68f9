// Registering the app's address at X and subscribing accounts: absolute, whatever is there already and whatever answers are lost.
#include "common/platform/x/webhook_subscriptions.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "common/platform/x/webhook.h"
#include "tests/support/conformance_data.h"
#include "tests/unit/x/fake_x.h"
#include "tests/unit/x/openapi.h"

namespace carillon::x {
namespace {

using platform::Json;
using testing::FakeWebhook;
using testing::FakeX;
using testing::Fault;

constexpr char kUrl[] = "https://carillon.example/webhooks/x/app_1";
constexpr char kCreate[] = "POST /2/webhooks";
constexpr char kSubscribe[] = "/subscriptions/all";
constexpr absl::Duration kTime = absl::Seconds(5);

class XSubscriptionsTest : public ::testing::Test {
 protected:
  Result<platform::Registration> Register() { return webhook_->Register(app_, kUrl, kTime); }
  Status Subscribe(const platform::Registration& at, const platform::CollectorAccess& account) {
    return webhook_->Subscribe(app_, at, account, kTime);
  }

  carillon::testing::FakeClock clock_;
  FakeX x_{clock_};
  const std::unique_ptr<platform::Webhook> webhook_ = MakeWebhook(x_, clock_);
  const platform::AppAccess app_{"app_1", "https://api.x.com", "bearer"};
  const platform::CollectorAccess one_{"acct_a", "https://api.x.com", FakeX::kAccountId, "a1"};
  const platform::CollectorAccess two_{"acct_b", "https://api.x.com", FakeX::kOtherId, "a2"};
};

TEST_F(XSubscriptionsTest, TheAddressIsRegisteredOnce) {
  ASSERT_TRUE(webhook_->CanRegister());
  EXPECT_EQ(platform::WebhookUrl("https://carillon.example", "x", "app_1"), kUrl);
  x_.webhooks["7"] = {.url = "https://another.example/hook", .valid = false, .users = {"5"}};
  const auto made = Register();
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(made->is_valid);
  EXPECT_TRUE(made->remote_account_ids.empty());
  const auto again = Register();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->webhook_id, made->webhook_id);
  EXPECT_EQ(x_.CountOf(kCreate), 1);
  EXPECT_EQ(x_.webhooks.size(), 2u);
  EXPECT_FALSE(x_.webhooks.at("7").valid) << "somebody else's is left alone";
}

TEST_F(XSubscriptionsTest, EachAccountSubscribesByItsOwnToken) {
  const auto at = Register();
  ASSERT_TRUE(at.ok()) << at.status();
  ASSERT_TRUE(Subscribe(*at, one_).ok());
  ASSERT_TRUE(Subscribe(*at, two_).ok());
  EXPECT_TRUE(Subscribe(*at, one_).ok()) << "said again it changes nothing";
  EXPECT_EQ(Register()->remote_account_ids, (std::set<std::string>{FakeX::kAccountId, FakeX::kOtherId}));
  EXPECT_TRUE(webhook_->Unsubscribe(app_, *at, FakeX::kOtherId, kTime).ok());
  EXPECT_TRUE(webhook_->Unsubscribe(app_, *at, FakeX::kOtherId, kTime).ok()) << "here too";
  EXPECT_EQ(Register()->remote_account_ids, std::set<std::string>{FakeX::kAccountId});
  EXPECT_EQ(webhook_->Unsubscribe(app_, *at, "../all", kTime).code(), Code::kInvalidArgument) << "it would be another path";
}

TEST_F(XSubscriptionsTest, AnInvalidOneIsCheckedOnceMore) {
  x_.webhooks["7"] = {.url = kUrl, .valid = false, .users = {FakeX::kAccountId}};
  x_.is_challenge_answered = false;
  const auto still = Register();
  ASSERT_TRUE(still.ok()) << still.status();
  EXPECT_FALSE(still->is_valid) << "that the check was begun says nothing";
  EXPECT_TRUE(still->remote_account_ids.empty());
  x_.is_challenge_answered = true;
  const auto now = Register();
  ASSERT_TRUE(now.ok()) << now.status();
  EXPECT_TRUE(now->is_valid);
  EXPECT_EQ(now->remote_account_ids, std::set<std::string>{FakeX::kAccountId});
  EXPECT_EQ(x_.CountOf(kCreate), 0);
}

TEST_F(XSubscriptionsTest, WhatXRefusesIsSaidWithoutTokens) {
  x_.is_challenge_answered = false;
  const Status refused = Register().status();
  EXPECT_EQ(ReasonOf(refused), "REMOTE_REFUSED");
  EXPECT_NE(Message(refused).find("CrcValidationFailed"), std::string::npos) << refused;
  EXPECT_EQ(Message(refused).find("bearer"), std::string::npos);
  x_.is_challenge_answered = true;
  x_.subscriptions_max = 1;
  const auto at = Register();
  ASSERT_TRUE(Subscribe(*at, one_).ok());
  const Status full = Subscribe(*at, two_);
  EXPECT_EQ(ReasonOf(full), "NOT_ALLOWED");
  EXPECT_NE(Message(full).find("SubscriptionLimitExceeded"), std::string::npos) << full;
  platform::CollectorAccess expired = two_;
  expired.access_token = "old";
  EXPECT_EQ(ReasonOf(Subscribe(*at, expired)), "TOKEN_REFUSED");
}

TEST_F(XSubscriptionsTest, LostAnswersMakeNothingTwice) {
  x_.Break(kCreate, Fault::kAnswerLost);
  EXPECT_FALSE(Register().ok());
  const auto at = Register();
  ASSERT_TRUE(at.ok()) << at.status();
  EXPECT_EQ(x_.webhooks.size(), 1u);
  x_.Break(kSubscribe, Fault::kAnswerLost);
  EXPECT_FALSE(Subscribe(*at, one_).ok());
  EXPECT_TRUE(Subscribe(*at, one_).ok());
  x_.Break("GET /2/webhooks", Fault::kRefused, 429, R"({"title":"Too Many Requests","type":"about:blank","status":429})");
  EXPECT_EQ(Register().status().code(), Code::kResourceExhausted);
}

TEST_F(XSubscriptionsTest, AsTheOpenApiSays) {
  const auto file = support::ConformanceFile("specs/x/openapi-2.167.json");
  if (!file) GTEST_SKIP() << support::kNoConformanceData;
  std::ostringstream text;
  text << std::ifstream(*file).rdbuf();
  const testing::OpenApi spec(Json::parse(text.str()));
  const auto at = Register();
  ASSERT_TRUE(at.ok() && Subscribe(*at, one_).ok());
  x_.webhooks.begin()->second.valid = false;
  ASSERT_TRUE(Register().ok());
  ASSERT_TRUE(webhook_->Unsubscribe(app_, *at, FakeX::kAccountId, kTime).ok());
  std::set<std::string> seen;
  for (const FakeX::Exchange& exchange : x_.exchanges) {
    const std::string call = exchange.request.method + " " + exchange.path;
    const auto operation = spec.Find(exchange.request.method, exchange.path);
    ASSERT_TRUE(operation) << "X has no " << call;
    seen.insert(operation->id);
    std::vector<std::string> wrong = spec.CheckQuery(*operation, exchange.query);
    const auto add = [&](std::vector<std::string> more) { wrong.insert(wrong.end(), more.begin(), more.end()); };
    if (exchange.request.body.empty()) {
      add(spec.CheckNoBody(*operation));
    } else {
      add(spec.CheckBody(*operation, "application/json", Json::parse(exchange.request.body)));
    }
    add(spec.CheckAnswer(*operation, exchange.outcome.response->status, Json::parse(exchange.outcome.response->body)));
    for (const std::string& what : wrong) ADD_FAILURE() << call << ": " << what;
  }
  EXPECT_EQ(seen, (std::set<std::string>{"createAccountActivitySubscription", "createWebhooks", "deleteAccountActivitySubscription",
                                         "getAccountActivitySubscriptions", "getWebhooks", "validateWebhooks"}));
}

}  // namespace
}  // namespace carillon::x
