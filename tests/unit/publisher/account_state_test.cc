// What an account's record says of its health, and how often its server is asked what it accepts.
#include "common/base/clock.h"
#include "services/publisher/domain/health.h"
#include "services/publisher/domain/limits.h"
#include "tests/unit/publisher/harness.h"

namespace carillon::publisher::testing {
namespace {

class AccountStateTest : public ::testing::Test {
 protected:
  v1::Account Account() { return h.Account(account).account; }
  std::vector<std::string> Problems(const HealthFacts& facts = {}) {
    const v1::AccountHealth health = HealthOf(Account(), facts, h.clock.Now());
    return {health.problems().begin(), health.problems().end()};
  }
  ledger::Answer Read(int characters) {
    v1::LimitsReport report;
    report.set_account_id(account);
    if (characters > 0) report.mutable_limits()->set_text_characters_max(characters);
    return h.Do(account, report);
  }

  Harness h;
  std::string account = h.Connect();
};

TEST_F(AccountStateTest, TheServersLimitsAreReadEachDayByTheAccountsOwner) {
  EXPECT_EQ(FromProto(Account().limits_read_at()), h.clock.Now());
  h.Pass(absl::Hours(21), absl::Minutes(10));
  EXPECT_TRUE(h.limit_readings.empty());
  h.Pass(absl::Hours(4), absl::Minutes(10));
  ASSERT_GE(h.limit_readings.size(), 1u);
  EXPECT_EQ(h.limit_readings[0]->account.id(), account);
  ASSERT_TRUE(Read(5'000).status.ok());
  EXPECT_EQ(Account().limits().text_characters_max(), 5'000);
  const size_t before = h.limit_readings.size();
  h.Pass(absl::Hours(21), absl::Minutes(10));
  EXPECT_EQ(h.limit_readings.size(), before) << "a day again";
}

TEST_F(AccountStateTest, AServerThatDoesNotAnswerIsAskedEachHourAndItsLimitsStay) {
  h.Pass(absl::Hours(24), absl::Minutes(10));
  const size_t first = h.limit_readings.size();
  ASSERT_GE(first, 1u);
  ASSERT_TRUE(Read(700).status.ok());
  h.Pass(absl::Hours(24), absl::Minutes(10));
  ASSERT_TRUE(Read(0).status.ok());
  EXPECT_EQ(Account().limits().text_characters_max(), 700);
  const size_t asked = h.limit_readings.size();
  h.Pass(absl::Hours(3), absl::Minutes(10));
  EXPECT_EQ(h.limit_readings.size(), asked + 3);
}

TEST_F(AccountStateTest, OneThatIsNotConnectedIsNotAsked) {
  v1::DisconnectAccountRequest request;
  request.set_account_id(account);
  ASSERT_TRUE(h.Do(account, request).status.ok());
  h.Pass(absl::Hours(30), absl::Minutes(10));
  EXPECT_TRUE(h.limit_readings.empty());
  ASSERT_TRUE(Read(900).status.ok());
  EXPECT_NE(Account().limits().text_characters_max(), 900);
}

TEST_F(AccountStateTest, SuccessAndErrorsAreKeptWithTheirTimes) {
  h.Publish(account);
  h.Published(*h.sends.back(), "1");
  const absl::Time success = h.clock.Now();
  h.Pass(absl::Minutes(1));
  h.Publish(account, {.text = "b", .post = "post_2"});
  v1::PublishReport report = h.ReportOf(*h.sends.back(), v1::PUBLISH_RESULT_REFUSED);
  report.set_refusal(v1::REFUSAL_CLASS_PERMANENT);
  report.set_error("not allowed here");
  h.Tell(report);
  const v1::AccountHealth health = HealthOf(Account(), {}, h.clock.Now());
  EXPECT_EQ(FromProto(health.last_success_at()), success);
  EXPECT_EQ(health.last_error(), "not allowed here");
  EXPECT_EQ(FromProto(health.last_error_at()), h.clock.Now());
  EXPECT_TRUE(Problems().empty()) << "one post's refusal says nothing of the account";
}

TEST_F(AccountStateTest, WhatIsWrongIsSaidWorstFirst) {
  EXPECT_TRUE(Problems().empty());
  HealthFacts facts;
  facts.scopes_missing = {"write"};
  facts.in_doubt = 2;
  EXPECT_EQ(Problems(facts), (std::vector<std::string>{"SCOPES_MISSING", "IN_DOUBT"}));
  h.Publish(account);
  h.Refused(*h.sends.back(), v1::REFUSAL_CLASS_AUTH);
  EXPECT_EQ(Problems(), std::vector<std::string>{"NEEDS_RECONNECT"});
}

TEST_F(AccountStateTest, ATokenThatNobodyRenewsEndsSoonAWeekBefore) {
  v1::Account one = Account();
  const absl::Time now = h.clock.Now();
  *one.mutable_token_expires_at() = ToProto(now + absl::Hours(24 * 8));
  EXPECT_EQ(HealthOf(one, {}, now).problems_size(), 0);
  EXPECT_EQ(HealthOf(one, {}, now + absl::Hours(25)).problems(0), "TOKEN_ENDS_SOON");
  one.set_token_refreshable(true);
  EXPECT_EQ(HealthOf(one, {}, now + absl::Hours(25)).problems_size(), 0);
}

TEST_F(AccountStateTest, ARefreshMaySayThatTheTokenMayDoLess) {
  const std::string other = h.Connect("renewed", 0, absl::Hours(2));
  h.Pass(absl::Minutes(111), absl::Seconds(30));
  ASSERT_FALSE(h.refreshes.empty());
  v1::RefreshReport report;
  report.set_account_id(other);
  report.set_number(h.refreshes.back()->number);
  report.set_result(v1::REFRESH_RESULT_REFRESHED);
  report.mutable_credential()->set_account_id(other);
  report.mutable_credential()->set_version(2);
  report.mutable_credential()->set_ciphertext("sealed anew");
  report.add_granted_scopes("read");
  ASSERT_TRUE(h.Do(other, report).status.ok());
  ASSERT_EQ(h.Account(other).account.granted_scopes_size(), 1);
  EXPECT_EQ(h.Account(other).account.granted_scopes(0), "read");
}

}  // namespace
}  // namespace carillon::publisher::testing
