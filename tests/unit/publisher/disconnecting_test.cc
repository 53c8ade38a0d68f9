// What becomes of an account's token when the account is disconnected.
#include "tests/unit/publisher/authorization_fixture.h"

namespace carillon::publisher {
namespace {

using testing::kServer;

class DisconnectingTest : public testing::AuthorizationFixture {
 protected:
  Result<v1::DisconnectAccountResponse> Disconnect(const std::string& account, const std::string& request_id = "away") {
    v1::DisconnectAccountRequest request;
    request.set_request_id(request_id);
    request.set_account_id(account);
    return Call(&Stub::DisconnectAccount, request);
  }
  // By OAuth.
  std::string Connected() { return Finish(*Begin(), "acme")->id(); }
};

TEST_F(DisconnectingTest, ATokenThatWasGotIsEndedAfterTheLogHasForgottenIt) {
  const std::string id = Connected();
  v1::AccountState then = v1::ACCOUNT_STATE_UNSPECIFIED;
  oauth_->while_revoking = [&] { then = Get(id)->state(); };
  const auto gone = Disconnect(id);
  ASSERT_TRUE(gone.ok()) << ToString(gone.status());
  EXPECT_EQ(gone->account().state(), v1::ACCOUNT_STATE_DISCONNECTED);
  EXPECT_EQ(gone->revocation(), v1::REVOCATION_REVOKED);
  EXPECT_EQ(gone->revocation_error(), "");
  EXPECT_EQ(oauth_->revoked, std::vector<std::string>{"acme"});
  EXPECT_EQ(oauth_->last_app.base_url, kServer);
  EXPECT_EQ(oauth_->last_app.client_id, "client-1");
  EXPECT_EQ(oauth_->last_app.client_secret, "secret-1");
  EXPECT_EQ(then, v1::ACCOUNT_STATE_DISCONNECTED);
}

TEST_F(DisconnectingTest, APlatformThatDoesNotAnswerKeepsNobody) {
  const std::string id = Connected();
  oauth_->answer = MakeStatus(Code::kUnavailable, "93.184.216.34: closed");
  const auto gone = Disconnect(id);
  ASSERT_TRUE(gone.ok()) << ToString(gone.status());
  EXPECT_EQ(gone->account().state(), v1::ACCOUNT_STATE_DISCONNECTED);
  EXPECT_EQ(gone->revocation(), v1::REVOCATION_UNCONFIRMED);
  EXPECT_EQ(gone->revocation_error(), "93.184.216.34: closed");
}

TEST_F(DisconnectingTest, WhatAPersonGaveIsNotEnded) {
  const auto account = Connect("mastodon", "acme", "brand_one", kServer);
  ASSERT_TRUE(account.ok()) << ToString(account.status());
  EXPECT_EQ(Disconnect(account->id())->revocation(), v1::REVOCATION_NOT_ASKED);
  EXPECT_TRUE(oauth_->revoked.empty());
}

// The second answer must not be taken for another wish: the account has another token by then.
TEST_F(DisconnectingTest, TheSameRequestAgainEndsNothing) {
  const std::string id = Connected();
  ASSERT_TRUE(Disconnect(id).ok());
  ASSERT_TRUE(Finish(*Begin(id), "acme").ok());
  const auto again = Disconnect(id);
  ASSERT_TRUE(again.ok()) << ToString(again.status());
  EXPECT_EQ(again->revocation(), v1::REVOCATION_UNSPECIFIED);
  EXPECT_EQ(oauth_->revoked.size(), 1u);
  EXPECT_EQ(Get(id)->state(), v1::ACCOUNT_STATE_CONNECTED);
}

TEST_F(DisconnectingTest, ADisconnectedOneHasNoTokenToEnd) {
  const std::string id = Connected();
  ASSERT_TRUE(Disconnect(id).ok());
  EXPECT_EQ(Disconnect(id, "once more")->revocation(), v1::REVOCATION_UNSPECIFIED);
  EXPECT_EQ(oauth_->revoked.size(), 1u);
}

TEST_F(DisconnectingTest, WithoutItsAppATokenIsLeftAndThatIsSaid) {
  const std::string id = Connected();
  v1::RemoveAppRequest remove;
  remove.set_request_id("remove");
  remove.set_app_id(Get(id)->app_id());
  ASSERT_TRUE(Ask(&AuthorizerStub::RemoveApp, remove).ok());
  const auto gone = Disconnect(id);
  ASSERT_TRUE(gone.ok()) << ToString(gone.status());
  EXPECT_EQ(gone->revocation(), v1::REVOCATION_UNCONFIRMED);
  EXPECT_NE(gone->revocation_error().find("removed"), std::string::npos);
  EXPECT_TRUE(oauth_->revoked.empty());
}

TEST_F(DisconnectingTest, ABadRequestEndsNothing) {
  const std::string id = Connected();
  EXPECT_FALSE(Disconnect(id, "").ok());
  EXPECT_EQ(ReasonOf(Disconnect("acme").status()), "UNKNOWN_ACCOUNT");
  EXPECT_EQ(ReasonOf(Disconnect("acct_unknown").status()), "UNKNOWN_ACCOUNT");
  EXPECT_TRUE(oauth_->revoked.empty());
  EXPECT_EQ(Get(id)->state(), v1::ACCOUNT_STATE_CONNECTED);
}

}  // namespace
}  // namespace carillon::publisher
