// Forecasts and health over a real gRPC connection, with the Ledger in memory.
#include <gtest/gtest.h>

#include "common/base/clock.h"
#include "tests/unit/publisher/api_fixture.h"
#include "tests/unit/publisher/sending_fakes.h"

namespace carillon::publisher {
namespace {

class Platform : public testing::FakeConnector {
 public:
  Result<platform::AccountInfo> Verify(const platform::AccountAccess& access, absl::Duration) override {
    platform::AccountInfo info{access.access_token + "-id", access.access_token + "@" + access.base_url.substr(8), "", ""};
    info.granted_scopes = {"read"};
    return info;
  }
  std::vector<std::string> MissingScopes(const std::vector<std::string>& granted) const override {
    return granted == std::vector<std::string>{"read"} ? std::vector<std::string>{"write"} : std::vector<std::string>{};
  }
};

class StateApiTest : public testing::ApiFixture {
 protected:
  StateApiTest() {
    platforms_.Add(std::make_unique<Platform>());
    h_.rules.rates_of = [](const v1::Account&, const v1::Dispatch&) {
      return std::vector<RateCost>{{"post", 100, absl::Minutes(15)}};
    };
  }
  v1::Account Connect(const std::string& token) {
    auto account = ApiFixture::Connect("mastodon", token, "brand_one", "https://93.184.216.34");
    EXPECT_TRUE(account.ok()) << ToString(account.status());
    return account.ok() ? *account : v1::Account();
  }
  Result<v1::ForecastAccountResponse> Forecast(const std::string& account, int posts) {
    v1::ForecastAccountRequest request;
    request.set_account(account);
    request.set_posts(posts);
    return Call(&Stub::ForecastAccount, request);
  }
  Result<v1::GetAccountHealthResponse> Health(const std::string& account, int page_size = 0, const std::string& page_token = "") {
    v1::GetAccountHealthRequest request;
    request.set_account(account);
    request.set_page_size(page_size);
    request.set_page_token(page_token);
    return Call(&Stub::GetAccountHealth, request);
  }
  void Publish(const std::string& account, const std::string& post) {
    ASSERT_TRUE(ledger_.Deliver(h_.Dispatch(account, {.text = post, .post = post}))) << ToString(ledger_.last_status());
  }
};

TEST_F(StateApiTest, AForecastCountsWhatWaitsAndWhatIsAsked) {
  const v1::Account account = Connect("acme");
  const auto empty = Forecast("acme", 0);
  ASSERT_TRUE(empty.ok()) << ToString(empty.status());
  EXPECT_EQ(empty->waiting(), 0);
  EXPECT_EQ(FromProto(empty->ends_at()), h_.clock.Now());
  for (int i = 0; i < 4; ++i) Publish(account.id(), fmt::format("post_{}", i));
  const auto forecast = Forecast(account.id(), 400);
  ASSERT_TRUE(forecast.ok()) << ToString(forecast.status());
  EXPECT_EQ(forecast->account_id(), account.id());
  EXPECT_EQ(forecast->waiting(), 3) << "one is being sent";
  EXPECT_EQ(forecast->posts(), 400);
  EXPECT_EQ(forecast->held_by(), "RATE_LIMIT");
  EXPECT_EQ(forecast->held_by_limit(), "post");
  EXPECT_GE(FromProto(forecast->ends_at()), h_.clock.Now() + absl::Hours(1)) << "405 at 100 in a quarter of an hour";
  ASSERT_EQ(forecast->limits_size(), 1);
  EXPECT_EQ(forecast->limits(0).used(), 1);
  EXPECT_EQ(forecast->limits(0).limit(), 100);
  EXPECT_EQ(forecast->limits(0).window_s(), 900);
}

TEST_F(StateApiTest, WhatCannotBeForecastIsRefused) {
  const v1::Account account = Connect("acme");
  EXPECT_EQ(ReasonOf(Forecast(account.id(), -1).status()), "TOO_MANY_POSTS");
  EXPECT_EQ(ReasonOf(Forecast(account.id(), 10'001).status()), "TOO_MANY_POSTS");
  EXPECT_EQ(ReasonOf(Forecast("acct_unknown", 1).status()), "UNKNOWN_ACCOUNT");
  EXPECT_EQ(ReasonOf(Forecast("nobody", 1).status()), "UNKNOWN_ACCOUNT");
  EXPECT_EQ(ReasonOf(Forecast("", 1).status()), "MISSING_FIELD");
}

TEST_F(StateApiTest, OneThatIsNotConnectedSendsNothing) {
  const v1::Account account = Connect("acme");
  v1::DisconnectAccountRequest request;
  request.set_request_id("d1");
  request.set_account_id(account.id());
  ASSERT_TRUE(Call(&Stub::DisconnectAccount, request).ok());
  const auto forecast = Forecast(account.id(), 5);
  ASSERT_TRUE(forecast.ok());
  EXPECT_FALSE(forecast->has_ends_at());
  EXPECT_EQ(forecast->held_by(), "NEEDS_RECONNECT");
}

TEST_F(StateApiTest, HealthSaysWhatIsMissingAndWhatWaitsForWhat) {
  const v1::Account account = Connect("acme");
  Publish(account.id(), "post_1");
  Publish(account.id(), "post_2");
  Publish(account.id(), "post_3");
  const auto health = Health("acme");
  ASSERT_TRUE(health.ok()) << ToString(health.status());
  ASSERT_EQ(health->accounts_size(), 1);
  const v1::AccountHealth& one = health->accounts(0);
  EXPECT_EQ(one.account_id(), account.id());
  EXPECT_EQ(one.state(), v1::ACCOUNT_STATE_CONNECTED);
  ASSERT_EQ(one.scopes_missing_size(), 1);
  EXPECT_EQ(one.scopes_missing(0), "write");
  ASSERT_EQ(one.problems_size(), 1);
  EXPECT_EQ(one.problems(0), "SCOPES_MISSING");
  EXPECT_EQ(one.waiting(), 2);
  ASSERT_EQ(one.waiting_for_size(), 1);
  EXPECT_EQ(one.waiting_for(0).what(), "ACCOUNT_BUSY");
  EXPECT_EQ(one.waiting_for(0).count(), 2);
  EXPECT_TRUE(one.has_limits_read_at());
  EXPECT_EQ(ReasonOf(Health("nobody").status()), "UNKNOWN_ACCOUNT");
}

TEST_F(StateApiTest, AllAccountsAreTold) {
  for (const char* name : {"one", "two", "three"}) Connect(name);
  const auto first = Health("", 2);
  ASSERT_TRUE(first.ok()) << ToString(first.status());
  EXPECT_EQ(first->accounts_size(), 2);
  const auto rest = Health("", 2, first->next_page_token());
  ASSERT_TRUE(rest.ok()) << ToString(rest.status());
  EXPECT_EQ(rest->accounts_size(), 1);
}

}  // namespace
}  // namespace carillon::publisher
