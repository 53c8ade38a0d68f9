// A flow from its link to the account, and everything that must not get there.
#include "tests/unit/publisher/authorization_fixture.h"

namespace carillon::publisher {
namespace {

using testing::kGateway;
using testing::kServer;

class AuthorizationTest : public testing::AuthorizationFixture {};

TEST_F(AuthorizationTest, AnAccountIsConnectedAndItsTokenSealed) {
  const auto begun = Begin();
  ASSERT_TRUE(begun.ok()) << ToString(begun.status());
  EXPECT_EQ(begun->query.at("response_type"), "code");
  EXPECT_EQ(begun->query.at("client_id"), "client-1");
  EXPECT_EQ(begun->query.at("code_challenge_method"), "S256");
  EXPECT_EQ(begun->query.at("code_challenge").size(), 43u);
  EXPECT_EQ(Flow(begun->id).state(), v1::AUTHORIZATION_STATE_WAITING);
  const auto account = Finish(*begun, "acme");
  ASSERT_TRUE(account.ok()) << ToString(account.status());
  EXPECT_EQ(account->state(), v1::ACCOUNT_STATE_CONNECTED);
  EXPECT_EQ(account->brand_id(), "brand_one");
  EXPECT_EQ(Lend(account->id())->access_token(), "acme");
  EXPECT_EQ(oauth_->last_app.client_secret, "secret-1");
  EXPECT_EQ(oauth_->last_app.redirect_uri, begun->query.at("redirect_uri"));
  const v1::Authorization flow = Flow(begun->id);
  EXPECT_EQ(flow.state(), v1::AUTHORIZATION_STATE_CONNECTED);
  EXPECT_EQ(flow.connected_account_id(), account->id());
}

TEST_F(AuthorizationTest, TheLogHasNeitherTheStateNorTheVerifier) {
  const auto begun = Begin();
  const std::string secret = begun->query.at("state").substr(begun->id.size() + 1);
  ASSERT_EQ(secret.size(), 43u);
  const ledger::ProtoPtr record = *static_cast<ledger::Reader&>(ledger_).Get(begun->id);
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->SerializeAsString().find(secret), std::string::npos);
  const auto& flow = static_cast<const v1::PublisherRecord&>(*record).authorization();
  EXPECT_FALSE(flow.ciphertext().empty());
  ASSERT_TRUE(Finish(*begun, "acme").ok());
  const ledger::ProtoPtr after = *static_cast<ledger::Reader&>(ledger_).Get(begun->id);
  EXPECT_TRUE(static_cast<const v1::PublisherRecord&>(*after).authorization().ciphertext().empty());
}

TEST_F(AuthorizationTest, AStateIsGoodOnce) {
  const auto begun = Begin();
  ASSERT_TRUE(Finish(*begun, "acme").ok());
  EXPECT_EQ(ReasonOf(Finish(*begun, "acme").status()), "AUTHORIZATION_USED");
  EXPECT_EQ(ReasonOf(Finish(*begun, "other").status()), "AUTHORIZATION_USED");
  EXPECT_EQ(oauth_->redeemed, 1);
  EXPECT_EQ(Flow(begun->id).state(), v1::AUTHORIZATION_STATE_CONNECTED);
}

TEST_F(AuthorizationTest, AStateThatNobodyGaveOutBelongsToNothing) {
  const auto begun = Begin();
  const auto with_state = [&](const std::string& state) {
    return ReasonOf(Finish(*begun, "acme", [&](auto& request) { request.set_state(state); }).status());
  };
  const std::string state = begun->query.at("state");
  EXPECT_EQ(with_state(begun->id + "." + std::string(43, 'A')), "UNKNOWN_AUTHORIZATION");
  EXPECT_EQ(with_state(state.substr(0, state.size() - 1)), "UNKNOWN_AUTHORIZATION");
  EXPECT_EQ(with_state(begun->id + "."), "UNKNOWN_AUTHORIZATION");
  EXPECT_EQ(with_state(begun->id), "UNKNOWN_AUTHORIZATION");
  EXPECT_EQ(with_state("auth_aaaaaaaaaaaaaaaaaaaaaaaaaa." + state.substr(begun->id.size() + 1)), "UNKNOWN_AUTHORIZATION");
  EXPECT_EQ(with_state(""), "UNKNOWN_AUTHORIZATION");
  EXPECT_EQ(oauth_->redeemed, 0);
  EXPECT_TRUE(Finish(*begun, "acme").ok());  // none of that has used it up
}

TEST_F(AuthorizationTest, TimeIsOverAfterTenMinutes) {
  const auto begun = Begin();
  h_.clock.Advance(absl::Minutes(10));
  EXPECT_EQ(ReasonOf(Finish(*begun, "acme").status()), "AUTHORIZATION_EXPIRED");
  ledger_.RunDue();
  EXPECT_EQ(Flow(begun->id).state(), v1::AUTHORIZATION_STATE_EXPIRED);
  EXPECT_EQ(ReasonOf(Finish(*begun, "acme").status()), "AUTHORIZATION_EXPIRED");
  EXPECT_EQ(oauth_->redeemed, 0);
}

TEST_F(AuthorizationTest, AnotherServersAnswerIsNotTaken) {
  const auto begun = Begin();
  EXPECT_EQ(ReasonOf(Finish(*begun, "acme", [](auto& r) { r.set_issuer_path("mastodon/elsewhere"); }).status()), "WRONG_ISSUER");
  EXPECT_EQ(ReasonOf(Finish(*begun, "acme", [](auto& r) { r.set_iss("https://93.184.216.35"); }).status()), "WRONG_ISSUER");
  EXPECT_TRUE(Finish(*begun, "acme", [](auto& r) { r.set_iss(kServer); }).ok());
}

TEST_F(AuthorizationTest, WhoSaysNoEndsIt) {
  const auto begun = Begin();
  const auto no = [](auto& request) {
    request.clear_code();
    request.set_error("access_denied");
  };
  EXPECT_EQ(ReasonOf(Finish(*begun, "", no).status()), "CONSENT_DENIED");
  EXPECT_EQ(Flow(begun->id).error_reason(), "CONSENT_DENIED");
  EXPECT_EQ(ReasonOf(Finish(*begun, "acme").status()), "AUTHORIZATION_USED");
}

TEST_F(AuthorizationTest, WhatAPlatformCallsItsErrorIsNotRepeated) {
  const auto begun = Begin();
  const auto refused = Finish(*begun, "", [](auto& request) {
    request.clear_code();
    request.set_error("<script>alert(1)</script>");
  });
  EXPECT_EQ(ReasonOf(refused.status()), "AUTHORIZATION_REFUSED");
  EXPECT_EQ(Message(refused.status()).find("<script>"), std::string::npos);
}

TEST_F(AuthorizationTest, ACodeOfAnotherRequestIsRefusedByItsVerifier) {
  const auto begun = Begin();
  oauth_->challenge = platform::ChallengeOf("somebody else's");
  EXPECT_EQ(ReasonOf(Finish(*begun, "acme").status()), "CODE_REFUSED");
  EXPECT_EQ(Flow(begun->id).state(), v1::AUTHORIZATION_STATE_FAILED);
}

TEST_F(AuthorizationTest, ALostAnswerIsSaidToBeOne) {
  const auto begun = Begin();
  oauth_->answer = MakeStatus(Code::kUnavailable, "93.184.216.34: closed");
  EXPECT_EQ(ReasonOf(Finish(*begun, "acme").status()), "PLATFORM_UNAVAILABLE");
  EXPECT_EQ(Flow(begun->id).error_reason(), "PLATFORM_UNAVAILABLE");
}

TEST_F(AuthorizationTest, ConnectingAgainKeepsTheAccount) {
  const auto first = Finish(*Begin(), "acme");
  v1::DisconnectAccountRequest away;
  away.set_request_id("away");
  away.set_account_id(first->id());
  ASSERT_TRUE(Call(&Stub::DisconnectAccount, away).ok());
  const auto again = Finish(*Begin(first->id()), "acme");
  ASSERT_TRUE(again.ok()) << ToString(again.status());
  EXPECT_EQ(again->id(), first->id());
  EXPECT_EQ(again->state(), v1::ACCOUNT_STATE_CONNECTED);
  EXPECT_GT(again->credential_version(), first->credential_version());
}

TEST_F(AuthorizationTest, AnotherAccountIsNotTakenForTheOneToBeConnectedAgain) {
  const auto first = Finish(*Begin(), "acme");
  const auto begun = Begin(first->id());
  const auto other = Finish(*begun, "intruder");
  EXPECT_EQ(ReasonOf(other.status()), "ANOTHER_ACCOUNT");
  EXPECT_EQ(Flow(begun->id).error_reason(), "ANOTHER_ACCOUNT");
  EXPECT_EQ(Get(first->id())->credential_version(), first->credential_version());
  EXPECT_EQ(ReasonOf(Get("intruder").status()), "UNKNOWN_ACCOUNT");
  EXPECT_EQ(ReasonOf(Begin("acct_unknown").status()), "UNKNOWN_ACCOUNT");
}

TEST_F(AuthorizationTest, AnEmptyTokenReplacesNothing) {
  const auto first = Finish(*Begin(), "acme");
  EXPECT_EQ(ReasonOf(Finish(*Begin(), " ").status()), "EMPTY_TOKEN");
  EXPECT_EQ(Lend(first->id())->access_token(), "acme");
}

TEST_F(AuthorizationTest, TheSameRequestIsTheSameLink) {
  const auto first = Begin("", "same");
  const auto again = Begin("", "same");
  EXPECT_EQ(first->url, again->url);
  ASSERT_TRUE(Finish(*again, "acme").ok());
  EXPECT_EQ(Begin("", "same")->url, "");  // used
  EXPECT_NE(Begin("", "other")->query.at("state"), first->query.at("state"));
}

TEST_F(AuthorizationTest, AServersAppIsRegisteredOnceWhileItLives) {
  ASSERT_TRUE(Begin().ok());
  ASSERT_TRUE(Begin().ok());
  EXPECT_EQ(oauth_->registrations, 1);
  h_.clock.Advance(absl::Minutes(11));  // the server may have forgotten it
  ASSERT_TRUE(Finish(*Begin(), "acme").ok());
  EXPECT_EQ(oauth_->registrations, 2);
  h_.clock.Advance(absl::Hours(24 * 400));  // it has a token now
  ASSERT_TRUE(Finish(*Begin(), "acme").ok());
  EXPECT_EQ(oauth_->registrations, 2);
  EXPECT_EQ(oauth_->last_app.client_secret, "secret-2");
}

TEST_F(AuthorizationTest, TheGatewayMayFinishAndNothingElse) {
  const auto begun = Begin();
  EXPECT_EQ(Finish(*begun, "acme", nullptr, "some-other-token-0123").status().code(), Code::kUnauthenticated);
  v1::StartAuthorizationRequest start;
  start.set_request_id("r");
  start.set_org_id("org_one");
  start.set_brand_id("brand_one");
  start.set_platform("mastodon");
  start.set_base_url(kServer);
  EXPECT_EQ(Ask(&AuthorizerStub::StartAuthorization, start, kGateway).status().code(), Code::kPermissionDenied);
  EXPECT_EQ(Ask(&AuthorizerStub::ListApps, v1::ListAppsRequest(), kGateway).status().code(), Code::kPermissionDenied);
  EXPECT_TRUE(Finish(*begun, "acme").ok());
}

TEST_F(AuthorizationTest, PrivateAddressesAreNotAsked) {
  v1::StartAuthorizationRequest request;
  request.set_request_id("r");
  request.set_org_id("org_one");
  request.set_brand_id("brand_one");
  request.set_platform("mastodon");
  for (const auto& [url, reason] : std::map<std::string, std::string>{{"https://127.0.0.1", "PRIVATE_ADDRESS"},
                                                                       {"https://10.0.0.1:8443", "PRIVATE_ADDRESS"},
                                                                       {"ftp://93.184.216.34", "BAD_URL"},
                                                                       {"", "MISSING_FIELD"}}) {
    request.set_base_url(url);
    EXPECT_EQ(ReasonOf(Ask(&AuthorizerStub::StartAuthorization, request).status()), reason) << url;
  }
  EXPECT_EQ(oauth_->registrations, 0);
}

}  // namespace
}  // namespace carillon::publisher
