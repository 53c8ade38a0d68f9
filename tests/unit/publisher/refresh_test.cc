// Access tokens that end: one refresh at a time, in the log before it leaves, and nothing is sent without a good token.
#include "carillon/publisher/v1/authorization_api.pb.h"
#include "carillon/publisher/v1/authorization_internal.pb.h"
#include "tests/unit/publisher/harness.h"

namespace carillon::publisher::testing {
namespace {

constexpr absl::Duration kLife = absl::Hours(2);

class RefreshTest : public ::testing::Test {
 protected:
  v1::Account Account() { return h.Account(account).account; }
  std::string State() { return v1::AccountState_Name(Account().state()); }
  void PassUntilRefresh() {
    h.Pass(kLife - h.rules.refresh_ahead, absl::Seconds(10));
    ASSERT_EQ(h.refreshes.size(), 1u);
  }
  // The versions of credentials that were written since, an ended one as its negative.
  std::vector<int> Credentials() {
    std::vector<int> out;
    h.others.clear();
    h.Outcomes();
    for (const auto& message : h.others) {
      const auto* record = dynamic_cast<const v1::CredentialRecord*>(message.body.get());
      if (record == nullptr) continue;
      out.push_back(static_cast<int>(record->version()) * (record->ciphertext().empty() ? -1 : 1));
    }
    return out;
  }

  Harness h;
  std::string account = h.Connect("acme", 0, kLife);
};

TEST_F(RefreshTest, ANewTokenIsAskedForBeforeTheOldOneEnds) {
  h.Pass(kLife - h.rules.refresh_ahead - absl::Minutes(1), absl::Seconds(10));
  EXPECT_TRUE(h.refreshes.empty());
  h.Pass(absl::Minutes(1), absl::Seconds(10));
  ASSERT_EQ(h.refreshes.size(), 1u);
  EXPECT_EQ(h.refreshes[0]->send_before, h.clock.Now() + h.rules.refresh_budget);
  EXPECT_TRUE(Account().refresh().has_send_before()) << "in the log before the first byte";
  Credentials();
  h.Refresh(*h.refreshes[0], v1::REFRESH_RESULT_REFRESHED);
  EXPECT_EQ(Account().credential_version(), 2u);
  EXPECT_EQ(Credentials(), (std::vector<int>{2, -1})) << "with the account, and the old one ended";
  EXPECT_FALSE(Account().refresh().has_send_before());
  h.Pass(kLife - h.rules.refresh_ahead, absl::Seconds(10));
  EXPECT_EQ(h.refreshes.size(), 2u) << "and so on";
}

// Shorter than the time that a refresh is ahead of the end: still no more than one in half of it.
TEST_F(RefreshTest, AShortLivedTokenIsRefreshedAtHalfOfItsLife) {
  const std::string other = h.Connect("short", 0, absl::Seconds(60));
  h.Pass(absl::Seconds(29));
  EXPECT_TRUE(h.refreshes.empty());
  h.Pass(absl::Seconds(1));
  ASSERT_EQ(h.refreshes.size(), 1u);
  for (size_t i = 1; i <= 5; ++i) {
    h.Refresh(*h.refreshes.back(), v1::REFRESH_RESULT_REFRESHED, absl::Seconds(60));
    h.Pass(absl::Seconds(29));
    EXPECT_EQ(h.refreshes.size(), i);
    h.Pass(absl::Seconds(1));
    ASSERT_EQ(h.refreshes.size(), i + 1);
    EXPECT_EQ(h.refreshes.back()->account.id(), other);
  }
}

TEST_F(RefreshTest, NothingIsSentWhileItIsAskedFor) {
  PassUntilRefresh();
  const std::string id = h.Publish(account);
  EXPECT_EQ(h.State(id), "QUEUED");
  EXPECT_EQ(h.Delivery(id).waiting_for(), "TOKEN_REFRESH");
  h.Pass(absl::Seconds(5));
  EXPECT_TRUE(h.sends.empty());
  h.Refresh(*h.refreshes[0], v1::REFRESH_RESULT_REFRESHED);
  h.Pass(absl::Seconds(1));
  ASSERT_EQ(h.sends.size(), 1u);
  EXPECT_EQ(h.sends[0]->account.credential_version(), 2u);
  EXPECT_EQ(h.refreshes.size(), 1u) << "one at a time";
}

TEST_F(RefreshTest, AnEndedTokenIsRefreshedBeforeTheFirstSend) {
  h.clock.Advance(kLife + absl::Minutes(1));  // nobody looked meanwhile
  const std::string id = h.Publish(account);
  EXPECT_EQ(h.State(id), "QUEUED");
  ASSERT_EQ(h.refreshes.size(), 1u);
  h.Refresh(*h.refreshes[0], v1::REFRESH_RESULT_REFRESHED);
  h.Pass(absl::Seconds(1));
  EXPECT_EQ(h.State(id), "SENDING");
}

TEST_F(RefreshTest, ARefusalNeedsAPersonAndTheQueueWaits) {
  PassUntilRefresh();
  const std::string id = h.Publish(account);
  h.Refresh(*h.refreshes[0], v1::REFRESH_RESULT_REFUSED);
  EXPECT_EQ(State(), "ACCOUNT_STATE_NEEDS_RECONNECT");
  EXPECT_EQ(Account().last_error(), "no new token");
  h.Pass(absl::Minutes(1), absl::Seconds(1));
  EXPECT_EQ(h.State(id), "QUEUED");
  EXPECT_EQ(h.refreshes.size(), 1u);
  h.Connect("acme", 0, kLife);
  h.Pass(absl::Seconds(1));
  EXPECT_EQ(h.State(id), "SENDING");
}

TEST_F(RefreshTest, ALostAnswerIsTriedOnceMoreWithTheOldToken) {
  PassUntilRefresh();
  h.Pass(h.rules.refresh_budget + h.rules.judge_margin + absl::Seconds(6));
  ASSERT_EQ(h.refreshes.size(), 2u);
  EXPECT_EQ(h.refreshes[1]->account.credential_version(), 1u);
  EXPECT_EQ(State(), "ACCOUNT_STATE_CONNECTED");
  h.Refresh(*h.refreshes[1], v1::REFRESH_RESULT_UNKNOWN);
  EXPECT_EQ(State(), "ACCOUNT_STATE_NEEDS_RECONNECT");
  h.Pass(absl::Minutes(10), absl::Seconds(5));
  EXPECT_EQ(h.refreshes.size(), 2u) << "once more, not again and again";
}

TEST_F(RefreshTest, ALateAnswerBringsTheOnlyGoodToken) {
  PassUntilRefresh();
  h.Refresh(*h.refreshes[0], v1::REFRESH_RESULT_UNKNOWN);
  h.Pass(absl::Seconds(6));
  ASSERT_EQ(h.refreshes.size(), 2u);
  h.Refresh(*h.refreshes[1], v1::REFRESH_RESULT_UNKNOWN);
  ASSERT_EQ(State(), "ACCOUNT_STATE_NEEDS_RECONNECT");
  h.Refresh(*h.refreshes[1], v1::REFRESH_RESULT_REFRESHED);
  EXPECT_EQ(State(), "ACCOUNT_STATE_CONNECTED");
  EXPECT_EQ(Account().credential_version(), 2u);
}

TEST_F(RefreshTest, WhatDidNotReachThePlatformIsTriedAgainEverMoreRarely) {
  PassUntilRefresh();
  std::vector<absl::Time> tries;
  for (int i = 0; i < 6; ++i) {
    tries.push_back(h.clock.Now());
    const size_t before = h.refreshes.size();
    h.Refresh(*h.refreshes.back(), v1::REFRESH_RESULT_NOT_SENT);
    for (int n = 0; n < 1000 && h.refreshes.size() == before; ++n) h.Pass(absl::Seconds(1));
    ASSERT_EQ(h.refreshes.size(), before + 1);
  }
  EXPECT_EQ(State(), "ACCOUNT_STATE_CONNECTED");
  EXPECT_LT(tries[1] - tries[0], absl::Seconds(10));
  EXPECT_GT(tries[5] - tries[4], absl::Seconds(60));
  h.Refresh(*h.refreshes.back(), v1::REFRESH_RESULT_REFRESHED);
  EXPECT_EQ(Account().refresh().failures(), 0);
}

TEST_F(RefreshTest, ARefusedTokenIsRefreshedFirst) {
  const std::string id = h.Publish(account);
  ASSERT_EQ(h.sends.size(), 1u);
  h.Refused(*h.sends[0], v1::REFUSAL_CLASS_AUTH);
  EXPECT_EQ(State(), "ACCOUNT_STATE_CONNECTED");
  ASSERT_EQ(h.refreshes.size(), 1u);
  EXPECT_EQ(h.Delivery(id).waiting_for(), "TOKEN_REFRESH");
  h.Refresh(*h.refreshes[0], v1::REFRESH_RESULT_REFRESHED);
  h.Pass(absl::Seconds(1));
  ASSERT_EQ(h.sends.size(), 2u);
  h.Refused(*h.sends[1], v1::REFUSAL_CLASS_AUTH);
  EXPECT_EQ(State(), "ACCOUNT_STATE_NEEDS_RECONNECT") << "the new one is refused as well: it is not its age";
  EXPECT_EQ(h.refreshes.size(), 1u);
}

TEST_F(RefreshTest, AReportAboutAnOlderCredentialChangesNothing) {
  PassUntilRefresh();
  h.Connect("acme", 0, kLife);
  ASSERT_EQ(Account().credential_version(), 2u);
  h.Refresh(*h.refreshes[0], v1::REFRESH_RESULT_REFRESHED);
  h.Refresh(*h.refreshes[0], v1::REFRESH_RESULT_REFUSED);
  EXPECT_EQ(Account().credential_version(), 2u);
  EXPECT_EQ(State(), "ACCOUNT_STATE_CONNECTED");
}

TEST_F(RefreshTest, AReportThatIsToldTwiceCountsOnce) {
  PassUntilRefresh();
  h.Refresh(*h.refreshes[0], v1::REFRESH_RESULT_REFRESHED);
  h.Refresh(*h.refreshes[0], v1::REFRESH_RESULT_REFRESHED);
  h.Refresh(*h.refreshes[0], v1::REFRESH_RESULT_UNKNOWN);
  EXPECT_EQ(Account().credential_version(), 2u);
  EXPECT_EQ(State(), "ACCOUNT_STATE_CONNECTED");
}

TEST_F(RefreshTest, ATokenThatDoesNotEndIsLeftAlone) {
  const std::string other = h.Connect("other");
  h.Pass(absl::Hours(24), absl::Minutes(5));
  for (const auto& job : h.refreshes) EXPECT_NE(job->account.id(), other);
  h.Publish(other);
  EXPECT_EQ(h.sends.size(), 1u);
}

// A new vault key while tokens are refreshed: what it sealed of a version that has ended by then must not bring that back.
TEST_F(RefreshTest, AnotherSealReplacesThePresentVersionAlone) {
  const auto reseal = [&](uint32_t version, const char* ciphertext) {
    v1::ResealCredential command;
    command.mutable_credential()->set_account_id(account);
    command.mutable_credential()->set_version(version);
    command.mutable_credential()->set_key_id("next");
    command.mutable_credential()->set_ciphertext(ciphertext);
    return h.Do(account, command).status;
  };
  Credentials();
  EXPECT_TRUE(reseal(1, "sealed anew").ok());
  EXPECT_EQ(Credentials(), std::vector<int>{1});
  EXPECT_EQ(Account().credential_version(), 1u);
  PassUntilRefresh();
  EXPECT_TRUE(reseal(1, "sealed anew").ok());
  h.Refresh(*h.refreshes[0], v1::REFRESH_RESULT_REFRESHED);
  EXPECT_EQ(Account().credential_version(), 2u) << "one that was under way ends as it would have";
  Credentials();
  EXPECT_TRUE(reseal(1, "sealed anew").ok());
  EXPECT_EQ(Credentials(), std::vector<int>{});
  EXPECT_EQ(ReasonOf(reseal(2, "")), "BAD_CREDENTIAL");
  v1::DisconnectAccountRequest disconnect;
  disconnect.set_account_id(account);
  ASSERT_TRUE(h.Do(account, disconnect).status.ok());
  Credentials();
  EXPECT_TRUE(reseal(2, "sealed anew").ok());
  EXPECT_EQ(Credentials(), std::vector<int>{}) << "disconnected";
}

// An app's secrets lie beside the tokens.
TEST_F(RefreshTest, AnAppsSecretsAreSealedAnewLikewise) {
  const std::string id = MakeId("app", {kOrg, "x", "one"});
  v1::CredentialRecord credential;
  credential.set_account_id(id);
  credential.set_version(1);
  credential.set_ciphertext("sealed");
  v1::PutApp put;
  put.mutable_app()->set_id(id);
  put.mutable_app()->set_org_id(kOrg);
  put.mutable_app()->set_platform("x");
  *put.mutable_credential() = credential;
  ASSERT_TRUE(h.Do(id, put).status.ok());
  v1::ResealCredential reseal;
  credential.set_ciphertext("sealed anew");
  *reseal.mutable_credential() = credential;
  Credentials();
  EXPECT_TRUE(h.Do(id, reseal).status.ok());
  EXPECT_EQ(Credentials(), std::vector<int>{1});
  v1::RemoveAppRequest remove;
  remove.set_app_id(id);
  ASSERT_TRUE(h.Do(id, remove).status.ok());
  Credentials();
  EXPECT_TRUE(h.Do(id, reseal).status.ok());
  EXPECT_EQ(Credentials(), std::vector<int>{}) << "removed";
}

}  // namespace
}  // namespace carillon::publisher::testing
