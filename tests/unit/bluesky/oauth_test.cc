// A flow of atproto's OAuth from the handle to the session, the session's requests and its next tokens.
#include "common/platform/bluesky/oauth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/testing/fake_clock.h"
#include "common/jose/es256.h"
#include "common/platform/bluesky/connector.h"
#include "common/platform/bluesky/dpop.h"
#include "common/platform/bluesky/facts.h"
#include "common/platform/bluesky/session.h"
#include "tests/unit/bluesky/fake_oauth.h"

namespace carillon::bluesky {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using platform::Json;
using testing::kDid;
using testing::kHandle;
using testing::kIssuer;
using testing::kPds;
using Kind = platform::RefreshOutcome::Kind;

constexpr char kClientId[] = "https://carillon.example/oauth/clients/bluesky/app_x/client-metadata.json";
constexpr char kRedirect[] = "https://carillon.example/oauth/callback/bluesky";
const std::string kTokenUrl = std::string(kIssuer) + "/oauth/token";

class OAuthTest : public ::testing::Test {
 protected:
  OAuthTest() {
    client_ = *oauth_->MakeClient(kClientId, kRedirect);
    servers_.client_key = client_.public_key;
    servers_.resource_token = "the-access-token";
    // The process' nonces outlive a test.
    servers_.nonce = "nonce-" + std::to_string(++nonces_);
  }
  Result<platform::StartedFlow> Start(const std::string& handle, const std::string& base_url = "") {
    return oauth_->Start(client_.app, {{"auth_1.the-state", "the-challenge"}, base_url, handle}, absl::Seconds(5));
  }
  Result<std::string> Redeem(const platform::StartedFlow& flow) {
    return oauth_->Redeem(client_.app, {"the-code", "the-verifier", flow.kept}, absl::Seconds(5));
  }
  std::string Secret() { return *Redeem(*Start(kHandle)); }
  platform::AccountAccess Account(const std::string& secret) { return {"acct_1", kPds, kDid, secret}; }
  platform::RefreshOutcome Refresh(const std::string& secret) {
    platform::RefreshRequest request;
    request.access = Account(secret);
    request.timeout = absl::Seconds(5);
    request.may_send = [this] {
      ++may_send_;
      return true;
    };
    return connector_->Refresh(request);
  }

  static inline int nonces_ = 0;
  carillon::testing::FakeClock clock_;
  testing::FakeOAuthServers servers_{clock_};
  std::unique_ptr<platform::OAuth> oauth_ = MakeOAuth(servers_, clock_, OwnFacts());
  std::unique_ptr<platform::Connector> connector_ = MakeConnector(servers_, clock_, OwnFacts());
  platform::OwnClient client_;
  int may_send_ = 0;
};

TEST_F(OAuthTest, TheDocumentSaysWhatAConfidentialClientIs) {
  EXPECT_EQ(client_.app.client_id, kClientId);
  const auto text = oauth_->ClientDocument({{"", kClientId, "", kRedirect}, client_.public_key});
  ASSERT_TRUE(text.ok()) << ToString(text.status());
  const Json document = Json::parse(*text);
  EXPECT_EQ(document.at("client_id"), kClientId);
  EXPECT_EQ(document.at("redirect_uris"), Json::array({kRedirect}));
  EXPECT_EQ(document.at("dpop_bound_access_tokens"), true);
  EXPECT_EQ(document.at("token_endpoint_auth_method"), "private_key_jwt");
  EXPECT_EQ(document.at("token_endpoint_auth_signing_alg"), "ES256");
  EXPECT_EQ(document.at("client_uri"), "https://carillon.example");
  EXPECT_EQ(document.at("jwks").at("keys").size(), 1u);
  EXPECT_NE(document.at("jwks").at("keys")[0].at("kid"), "");
  const std::string d = Json::parse(client_.app.client_secret).at("d");
  EXPECT_THAT(*text, Not(HasSubstr(d)));
  EXPECT_FALSE(oauth_->ClientDocument({{"", kClientId, "", kRedirect}, ""}).ok());
}

TEST_F(OAuthTest, OnALoopbackAddressItIsTheLocalhostClient) {
  const auto client = oauth_->MakeClient("http://127.0.0.1:8080/doc", "http://127.0.0.1:8080/oauth/callback/bluesky");
  ASSERT_TRUE(client.ok());
  EXPECT_THAT(client->app.client_id, ::testing::StartsWith("http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Foauth"));
  EXPECT_THAT(client->app.client_id, HasSubstr("&scope=atproto"));
  EXPECT_EQ(client->app.client_secret, "");
  EXPECT_EQ(client->public_key, "");
  EXPECT_NE(oauth_->MakeClient("http://localhost:8080/doc", "http://localhost:8080/x")->public_key, "");
}

TEST_F(OAuthTest, TheRequestIsPushedToTheServerOfTheHandle) {
  const auto flow = Start("@" + std::string(kHandle));
  ASSERT_TRUE(flow.ok()) << ToString(flow.status());
  EXPECT_EQ(flow->base_url, kPds);
  EXPECT_EQ(flow->issuer, kIssuer);
  EXPECT_EQ(flow->authorization_url,
            std::string(kIssuer) + "/oauth/authorize?client_id=" + http::EncodeComponent(kClientId) +
                "&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Areq-1%262");
  ASSERT_EQ(servers_.pushed.size(), 1u);
  const http::FormFields& form = servers_.pushed[0];
  const auto field = [&](const char* name) { return testing::FakeOAuthServers::Field(form, name); };
  EXPECT_EQ(field("response_type"), "code");
  EXPECT_EQ(field("redirect_uri"), kRedirect);
  EXPECT_EQ(field("state"), "auth_1.the-state");
  EXPECT_EQ(field("code_challenge"), "the-challenge");
  EXPECT_EQ(field("code_challenge_method"), "S256");
  EXPECT_EQ(field("login_hint"), kHandle);
  EXPECT_EQ(field("scope"), OwnFacts().Text("token.scopes"));
  EXPECT_THAT(flow->authorization_url, Not(HasSubstr("the-state")));
  // The first proof had no nonce, or an old one.
  EXPECT_EQ(servers_.Count(std::string(kIssuer) + "/oauth/par"), 2);
}

TEST_F(OAuthTest, AServersRefusalSaysWhyAndNoSecret) {
  servers_.client_key = jose::Es256Key::New().public_key().ToJwk();
  const auto flow = Start(kHandle);
  EXPECT_EQ(ReasonOf(flow.status()), "START_REFUSED");
  EXPECT_THAT(Message(flow.status()), HasSubstr("invalid_client"));
  EXPECT_THAT(Message(flow.status()), Not(HasSubstr("the-state")));
}

TEST_F(OAuthTest, ACodeBecomesASessionOfItsOwnKey) {
  const auto flow = Start(kHandle);
  const auto secret = Redeem(*flow);
  ASSERT_TRUE(secret.ok()) << ToString(secret.status());
  ASSERT_EQ(servers_.asked.size(), 1u);
  const auto field = [&](const char* name) { return testing::FakeOAuthServers::Field(servers_.asked[0], name); };
  EXPECT_EQ(field("grant_type"), "authorization_code");
  EXPECT_EQ(field("code"), "the-code");
  EXPECT_EQ(field("code_verifier"), "the-verifier");
  EXPECT_EQ(field("redirect_uri"), kRedirect);
  EXPECT_EQ(servers_.thumbprints.size(), 1u) << "PAR and code with one key";
  const auto session = ReadSession(*secret);
  ASSERT_TRUE(session.ok());
  EXPECT_TRUE(session->is_oauth());
  EXPECT_EQ(session->did, kDid);
  EXPECT_EQ(session->pds, kPds);
  EXPECT_EQ(session->access, "the-access-token");
  EXPECT_EQ(session->refresh, "the-refresh-token");
  EXPECT_EQ(session->token_endpoint, kTokenUrl);
  EXPECT_EQ(session->expires_at, clock_.Now() + absl::Hours(1));
  EXPECT_EQ(jose::Es256Key::FromJwk(session->dpop_key)->public_key().Thumbprint(), *servers_.thumbprints.begin());
  EXPECT_NE(session->dpop_key, session->client_key);
  // Each session has a key of its own.
  EXPECT_NE(ReadSession(Secret())->dpop_key, session->dpop_key);
}

TEST_F(OAuthTest, ASessionIsEndedByItsRefreshToken) {
  const std::string secret = Secret();
  const auto revoke = [&](const std::string& what) { return oauth_->Revoke(client_.app, what, absl::Seconds(5)); };
  const Status ended = revoke(secret);
  ASSERT_TRUE(ended.ok()) << ToString(ended);
  ASSERT_EQ(servers_.revoked.size(), 1u);
  EXPECT_EQ(testing::FakeOAuthServers::Field(servers_.revoked[0], "token"), "the-refresh-token");
  EXPECT_EQ(servers_.thumbprints.size(), 1u) << "with the session's own key";
  Session of_app_password;
  of_app_password.did = kDid;
  of_app_password.access = "a";
  of_app_password.refresh = "r";
  EXPECT_EQ(ReasonOf(revoke(ToSecret(of_app_password))), "NO_REVOCATION");
  Json& metadata = servers_.pages.at(std::string(kIssuer) + "/.well-known/oauth-authorization-server");
  metadata["revocation_endpoint"] = "http://as.example/oauth/revoke";
  EXPECT_EQ(ReasonOf(revoke(secret)), "NO_REVOCATION") << "not away from https";
  metadata.erase("revocation_endpoint");
  EXPECT_EQ(ReasonOf(revoke(secret)), "NO_REVOCATION");
  EXPECT_EQ(servers_.revoked.size(), 1u);
}

TEST_F(OAuthTest, AServerIsBelievedOnlyOfItsOwnPeople) {
  const auto flow = Start("", kIssuer);
  ASSERT_TRUE(flow.ok()) << ToString(flow.status());
  EXPECT_EQ(flow->base_url, kIssuer);
  EXPECT_EQ(testing::FakeOAuthServers::Field(servers_.pushed[0], "login_hint"), "");
  EXPECT_EQ(ReadSession(*Redeem(*flow))->pds, kPds);
  // Its PDS names another server by now, or always did.
  servers_.pages.at(std::string(kPds) + "/.well-known/oauth-protected-resource")["authorization_servers"] =
      Json::array({"https://other.example"});
  EXPECT_EQ(ReasonOf(Redeem(*flow).status()), "BAD_IDENTITY");
  servers_.token["sub"] = "did:plc:nobody";
  EXPECT_EQ(ReasonOf(Redeem(*flow).status()), "BAD_IDENTITY");
}

TEST_F(OAuthTest, WhoeverElseSignsInIsRefused) {
  const auto flow = Start(kHandle);
  servers_.token["sub"] = "did:plc:other";
  EXPECT_EQ(ReasonOf(Redeem(*flow).status()), "ANOTHER_ACCOUNT");
}

TEST_F(OAuthTest, TokensThatAreNotWhatWasAskedFor) {
  const auto flow = Start(kHandle);
  const Json good = servers_.token;
  const auto with = [&](const char* name, const Json& value) {
    servers_.token = good;
    if (value.is_null()) {
      servers_.token.erase(name);
    } else {
      servers_.token[name] = value;
    }
    const auto secret = Redeem(*flow);
    EXPECT_FALSE(secret.ok());
    EXPECT_THAT(Message(secret.status()), Not(HasSubstr("the-access-token")));
    return ReasonOf(secret.status());
  };
  EXPECT_EQ(with("scope", "transition:generic notatproto"), "SCOPE_MISSING");
  EXPECT_EQ(with("refresh_token", nullptr), "NO_REFRESH_TOKEN");
  EXPECT_EQ(with("token_type", "Bearer"), "");
  EXPECT_EQ(with("access_token", nullptr), "");
  EXPECT_EQ(with("sub", nullptr), "");
  EXPECT_EQ(with("sub", "brand.example"), "");
  servers_.token = {{"error", "invalid_grant"}, {"error_description", "the-code was used"}};
  servers_.token_status = 400;
  const auto refused = Redeem(*flow);
  EXPECT_EQ(ReasonOf(refused.status()), "CODE_REFUSED");
  EXPECT_THAT(Message(refused.status()), Not(HasSubstr("the-code")));
}

TEST_F(OAuthTest, TheSessionIsVerifiedAndPublishesWithProofs) {
  const std::string secret = Secret();
  EXPECT_TRUE(connector_->CheckSecret(secret).ok());
  const auto info = connector_->Verify(Account(secret), absl::Seconds(5));
  ASSERT_TRUE(info.ok()) << ToString(info.status());
  EXPECT_EQ(info->remote_account_id, kDid);
  EXPECT_EQ(info->username, kHandle);
  EXPECT_EQ(info->display_name, "The Brand");
  EXPECT_TRUE(info->refreshable);
  EXPECT_EQ(info->token_expires_at, clock_.Now() + absl::Hours(1));
  EXPECT_EQ(ReadSession(info->secret)->handle, kHandle);
  EXPECT_EQ(ReadSession(info->secret)->refresh, "the-refresh-token");

  servers_.nonce += "-next";
  platform::PublishRequest request;
  // Wherever the account was connected, the session knows its PDS.
  request.access = Account(info->secret);
  request.access.base_url = "https://entryway.example";
  request.content.text = "Bells";
  request.idempotency_key = "dlv_1";
  request.first_sent_at = clock_.Now();
  request.timeout = absl::Seconds(5);
  request.may_send = [this] {
    ++may_send_;
    return true;
  };
  const auto out = connector_->Publish(request);
  EXPECT_EQ(out.kind, platform::PublishOutcome::Kind::kPublished) << out.error;
  // The first one was refused for its nonce before anything was done, and the guard was asked for each.
  EXPECT_EQ(may_send_, 2);
  EXPECT_EQ(servers_.Count(std::string(kPds) + "/xrpc/com.atproto.repo.putRecord"), 2);
  EXPECT_EQ(servers_.thumbprints.size(), 1u);
}

TEST_F(OAuthTest, AnotherAccountsTokenIsNone) {
  Session session = *ReadSession(Secret());
  session.did = "did:plc:other";
  EXPECT_EQ(connector_->Verify(Account(ToSecret(session)), absl::Seconds(5)).status().code(), Code::kUnauthenticated);
  servers_.resource_token = "another";
  EXPECT_EQ(connector_->Verify(Account(ToSecret(session)), absl::Seconds(5)).status().code(), Code::kUnauthenticated);
}

TEST_F(OAuthTest, WhatIsLentRenewsNothing) {
  const std::string secret = Secret();
  const std::string lent = connector_->Lendable(secret);
  const Session session = *ReadSession(secret);
  EXPECT_THAT(lent, Not(HasSubstr(session.refresh)));
  EXPECT_THAT(lent, Not(HasSubstr(Json::parse(session.client_key).at("d").get<std::string>())));
  const Access access = ReadLent("https://entryway.example", lent);
  EXPECT_EQ(access.base_url, kPds);
  EXPECT_EQ(access.token, "the-access-token");
  EXPECT_EQ(access.dpop_key, session.dpop_key);
  const auto answer = Query(servers_, clock_, access, "app.bsky.actor.getProfile", {{"actor", kDid}}, absl::Seconds(5));
  EXPECT_TRUE(answer.ok()) << ToString(answer.status());
  EXPECT_EQ(ReadLent(kPds, "bearer.token").token, "bearer.token");
  EXPECT_EQ(ReadLent(kPds, "bearer.token").base_url, kPds);
}

TEST_F(OAuthTest, TheNextTokensKeepKeyAndServer) {
  const std::string secret = Secret();
  servers_.token["access_token"] = "second-access";
  servers_.token["refresh_token"] = "second-refresh";
  servers_.nonce += "-next";
  const auto out = Refresh(secret);
  ASSERT_EQ(out.kind, Kind::kRefreshed) << out.error;
  EXPECT_EQ(may_send_, 2);
  const auto field = [&](const char* name) { return testing::FakeOAuthServers::Field(servers_.asked.back(), name); };
  EXPECT_EQ(field("grant_type"), "refresh_token");
  EXPECT_EQ(field("refresh_token"), "the-refresh-token");
  EXPECT_EQ(field("client_id"), kClientId);
  const Session before = *ReadSession(secret), after = *ReadSession(out.secret);
  EXPECT_EQ(after.access, "second-access");
  EXPECT_EQ(after.refresh, "second-refresh");
  EXPECT_EQ(after.dpop_key, before.dpop_key);
  EXPECT_EQ(after.client_key, before.client_key);
  EXPECT_EQ(after.pds, kPds);
  EXPECT_EQ(out.token_expires_at, clock_.Now() + absl::Hours(1));
}

TEST_F(OAuthTest, HowARefreshCanFail) {
  const std::string secret = Secret();
  const auto with = [&](int status, const Json& body) {
    servers_.token_status = status;
    servers_.token = body;
    const auto out = Refresh(secret);
    EXPECT_THAT(out.error, Not(HasSubstr("the-refresh-token")));
    return out.kind;
  };
  EXPECT_EQ(with(400, {{"error", "invalid_grant"}, {"error_description", "the-refresh-token was replayed"}}), Kind::kRefused);
  EXPECT_EQ(with(401, {{"error", "invalid_client"}}), Kind::kRefused);
  EXPECT_EQ(with(400, {{"error", "invalid_client_metadata"}}), Kind::kNotSent);
  EXPECT_EQ(with(400, {{"error", "invalid_dpop_proof"}}), Kind::kNotSent);
  EXPECT_EQ(with(429, {{"error", "rate_limited"}}), Kind::kNotSent);
  EXPECT_EQ(with(503, {{"error", "invalid_grant"}}), Kind::kUnknown);
  EXPECT_EQ(with(400, "a proxy's page"), Kind::kUnknown);
  EXPECT_EQ(with(200, "not a token"), Kind::kUnknown);
  EXPECT_EQ(with(200, {{"access_token", "x"}, {"token_type", "DPoP"}, {"scope", "atproto"}, {"sub", "did:plc:other"}}), Kind::kRefused);
  Session without = *ReadSession(secret);
  without.dpop_key = "{}";
  EXPECT_EQ(Refresh(ToSecret(without)).kind, Kind::kNotSent);
}

TEST(DpopNoncesTest, OfEachServerTheLast) {
  DpopNonces nonces;
  nonces.Keep("https://a.example", "1");
  nonces.Keep("https://a.example", "2");
  nonces.Keep("https://a.example", "");
  nonces.Keep("https://a.example", std::string(1'000, 'x'));
  EXPECT_EQ(nonces.Of("https://a.example"), "2");
  EXPECT_EQ(nonces.Of("https://b.example"), "");
  for (int i = 0; i < 10'000; ++i) nonces.Keep("https://" + std::to_string(i), "n");
  EXPECT_EQ(nonces.Of("https://9999"), "n");
  EXPECT_EQ(nonces.Of("https://a.example"), "") << "it is bounded";
}

TEST(DpopNoncesTest, WhenANonceIsWanted) {
  const auto wants = [](int status, const std::string& body, const http::Headers& headers) {
    return WantsNonce({status, headers, body});
  };
  const std::string body = R"({"error":"use_dpop_nonce"})";
  EXPECT_TRUE(wants(401, body, {{"dpop-nonce", "n"}}));
  EXPECT_TRUE(wants(400, body, {{"DPoP-Nonce", "n"}}));
  EXPECT_TRUE(wants(401, "", {{"DPoP-Nonce", "n"}, {"www-authenticate", "DPoP algs=\"ES256\", error=\"use_dpop_nonce\""}}));
  EXPECT_FALSE(wants(401, body, {})) << "it would be asked in vain";
  EXPECT_FALSE(wants(200, body, {{"DPoP-Nonce", "n"}}));
  EXPECT_FALSE(wants(401, R"({"error":"invalid_token"})", {{"DPoP-Nonce", "n"}}));
}

}  // namespace
}  // namespace carillon::bluesky
