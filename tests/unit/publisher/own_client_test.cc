// Flows that are begun at the account's own server, by a client that is a document of ours.
#include "tests/unit/publisher/authorization_fixture.h"

namespace carillon::publisher {
namespace {

using testing::kGateway;
using testing::kOperator;
using testing::kServer;

constexpr char kIssuer[] = "https://as.example";
constexpr char kDid[] = "did:plc:acme";

class OwnConnector : public testing::OAuthPlatform {
 public:
  std::string Platform() const override { return "bluesky"; }
  Result<platform::AccountInfo> Verify(const platform::AccountAccess& access, absl::Duration) override {
    return platform::AccountInfo{access.access_token, "acme.example", "", ""};
  }
};

// The code is the DID of who agreed.
class OwnClientOAuth : public platform::OAuth {
 public:
  std::string Platform() const override { return "bluesky"; }
  bool HasOwnClients() const override { return true; }
  Result<platform::OwnClient> MakeClient(const std::string& document_url, const std::string& redirect_uri) const override {
    ++clients;
    return platform::OwnClient{{"", document_url, "private-" + std::to_string(clients), redirect_uri}, "public-key"};
  }
  Result<std::string> ClientDocument(const platform::OwnClient& client) const override {
    EXPECT_EQ(client.app.client_secret, "");
    return client.app.client_id + " " + client.app.redirect_uri + " " + client.public_key;
  }
  Result<platform::StartedFlow> Start(const platform::OAuthApp& app, const platform::StartRequest& request,
                                      absl::Duration) override {
    if (!refusal.ok()) return refusal;
    last_app = app;
    last = request;
    ++started;
    return platform::StartedFlow{fmt::format("{}/authorize?request_uri={}", kIssuer, started),
                                 request.base_url.empty() ? kServer : request.base_url, kIssuer, fmt::format("kept-{}", started)};
  }
  std::string AuthorizationUrl(const platform::OAuthApp&, const platform::AuthorizationRequest&) const override { return "unused"; }
  Result<std::string> Redeem(const platform::OAuthApp& app, const platform::CodeGrant& grant, absl::Duration) override {
    last_app = app;
    last_grant = grant;
    return grant.code;
  }

  mutable int clients = 0;
  int started = 0;
  Status refusal;
  platform::OAuthApp last_app;
  platform::StartRequest last;
  platform::CodeGrant last_grant;
};

class OwnClientTest : public testing::AuthorizationFixture {
 protected:
  OwnClientTest() {
    platforms_.Add(std::make_unique<OwnConnector>());
    auto own = std::make_unique<OwnClientOAuth>();
    own_ = own.get();
    platforms_.Add(std::move(own));
  }
  v1::StartAuthorizationRequest Request(const std::string& handle) {
    v1::StartAuthorizationRequest request;
    request.set_request_id(fmt::format("own-{}", ++requests_));
    request.set_org_id("org_one");
    request.set_brand_id("brand_one");
    request.set_platform("bluesky");
    request.set_handle(handle);
    return request;
  }
  Result<v1::StartAuthorizationResponse> Start(const v1::StartAuthorizationRequest& request) {
    return Ask(&AuthorizerStub::StartAuthorization, request);
  }
  std::string Why(const v1::StartAuthorizationRequest& request) { return ReasonOf(Start(request).status()); }
  Result<v1::Account> FinishOwn(const std::string& iss, const std::string& code = kDid) {
    v1::FinishAuthorizationRequest request;
    request.set_state(own_->last.request.state);
    request.set_code(code);
    request.set_iss(iss);
    request.set_issuer_path("bluesky");
    ASSIGN_OR_RETURN(const auto response, Ask(&AuthorizerStub::FinishAuthorization, request, kGateway));
    return response.account();
  }
  Result<std::string> Document(const std::string& app, const std::string& platform = "bluesky", const char* token = kGateway) {
    v1::GetClientDocumentRequest request;
    request.set_platform(platform);
    request.set_app_id(app);
    ASSIGN_OR_RETURN(const auto response, Ask(&AuthorizerStub::GetClientDocument, request, token));
    return response.body();
  }

  OwnClientOAuth* own_ = nullptr;
  int requests_ = 0;
};

TEST_F(OwnClientTest, AFlowBeginsAtTheServerOfTheHandle) {
  const auto started = Start(Request("acme.example"));
  ASSERT_TRUE(started.ok()) << ToString(started.status());
  EXPECT_EQ(started->authorization_url(), "https://as.example/authorize?request_uri=1");
  EXPECT_EQ(started->authorization().issuer(), kIssuer);
  EXPECT_EQ(started->authorization().base_url(), kServer);
  EXPECT_EQ(started->authorization().redirect_uri(), "https://carillon.example/oauth/callback/bluesky");
  EXPECT_TRUE(started->authorization().ciphertext().empty());
  EXPECT_EQ(own_->last.handle, "acme.example");
  EXPECT_EQ(own_->last.base_url, "");
  EXPECT_EQ(own_->last_app.client_secret, "private-1");

  const auto account = FinishOwn(kIssuer);
  ASSERT_TRUE(account.ok()) << ToString(account.status());
  EXPECT_EQ(account->base_url(), kServer);
  EXPECT_EQ(account->remote_account_id(), kDid);
  EXPECT_EQ(own_->last_grant.kept, "kept-1");
  EXPECT_EQ(platform::ChallengeOf(own_->last_grant.verifier), own_->last.request.challenge);
  EXPECT_EQ(own_->last_app.client_secret, "private-1");
  EXPECT_EQ(own_->last_app.redirect_uri, "https://carillon.example/oauth/callback/bluesky");
  EXPECT_EQ(ReasonOf(FinishOwn(kIssuer).status()), "AUTHORIZATION_USED");
}

TEST_F(OwnClientTest, TheAnswerMustNameItsIssuer) {
  ASSERT_TRUE(Start(Request("acme.example")).ok());
  for (const char* iss : {"", "https://as.example/", "https://evil.example", kServer}) {
    EXPECT_EQ(ReasonOf(FinishOwn(iss).status()), "WRONG_ISSUER") << iss;
  }
  EXPECT_TRUE(FinishOwn(kIssuer).ok()) << "none of that has used it up";
}

TEST_F(OwnClientTest, TheSameRequestAgainGivesTheSameUrl) {
  const auto request = Request("acme.example");
  const auto first = Start(request);
  const auto second = Start(request);
  EXPECT_EQ(second->authorization_url(), first->authorization_url());
  EXPECT_EQ(own_->started, 2);
}

TEST_F(OwnClientTest, OneClientServesAllServersAndIsADocument) {
  const auto first = Start(Request("acme.example"));
  const std::string app = first->authorization().app_id();
  auto elsewhere = Request("");
  elsewhere.set_base_url("https://93.184.216.35");
  const auto second = Start(elsewhere);
  ASSERT_TRUE(second.ok()) << ToString(second.status());
  EXPECT_EQ(second->authorization().base_url(), "https://93.184.216.35");
  EXPECT_EQ(second->authorization().app_id(), app);
  EXPECT_EQ(own_->clients, 1);
  EXPECT_EQ(own_->last_app.client_id, fmt::format("https://carillon.example/oauth/clients/bluesky/{}/client-metadata.json", app));

  const auto document = Document(app);
  ASSERT_TRUE(document.ok()) << ToString(document.status());
  EXPECT_EQ(*document, own_->last_app.client_id + " https://carillon.example/oauth/callback/bluesky public-key");
  EXPECT_EQ(ReasonOf(Document(app, "mastodon").status()), "UNKNOWN_APP");
  EXPECT_EQ(ReasonOf(Document("app_aaaaaaaaaaaaaaaaaaaaaaaaaa").status()), "UNKNOWN_APP");
  EXPECT_EQ(ReasonOf(Document("nonsense").status()), "UNKNOWN_APP");
  EXPECT_EQ(ReasonOf(Document(Begin()->query.at("client_id")).status()), "UNKNOWN_APP");

  v1::RemoveAppRequest remove;
  remove.set_request_id("remove");
  remove.set_app_id(app);
  ASSERT_TRUE(Ask(&AuthorizerStub::RemoveApp, remove).ok());
  EXPECT_EQ(ReasonOf(Document(app).status()), "UNKNOWN_APP");
  // The next flow makes a new key.
  ASSERT_TRUE(Start(Request("acme.example")).ok());
  EXPECT_EQ(own_->last_app.client_secret, "private-2");
  EXPECT_TRUE(Document(app).ok());
}

TEST_F(OwnClientTest, AnAccountIsConnectedAgainAsItself) {
  ASSERT_TRUE(Start(Request("acme.example")).ok());
  const auto account = FinishOwn(kIssuer);
  ASSERT_TRUE(account.ok());
  auto again = Request("");
  again.set_account_id(account->id());
  ASSERT_TRUE(Start(again).ok());
  EXPECT_EQ(own_->last.handle, kDid);
  EXPECT_EQ(own_->last.base_url, kServer);
  EXPECT_EQ(ReasonOf(FinishOwn(kIssuer, "did:plc:other").status()), "ANOTHER_ACCOUNT");
  again.set_request_id("once-more");
  ASSERT_TRUE(Start(again).ok());
  const auto connected = FinishOwn(kIssuer);
  ASSERT_TRUE(connected.ok()) << ToString(connected.status());
  EXPECT_EQ(connected->id(), account->id());
}

TEST_F(OwnClientTest, WhatTheDoorRefuses) {
  EXPECT_EQ(Why(Request("")), "MISSING_FIELD");
  auto both = Request("acme.example");
  both.set_base_url(kServer);
  EXPECT_EQ(Why(both), "UNEXPECTED_FIELD");
  auto elsewhere = Request("acme.example");
  elsewhere.set_platform("mastodon");
  EXPECT_EQ(Why(elsewhere), "UNEXPECTED_FIELD");
  own_->refusal = Refuse(Code::kNotFound, "UNKNOWN_HANDLE", "nobody has the handle");
  EXPECT_EQ(Why(Request("nobody.example")), "UNKNOWN_HANDLE");
  EXPECT_EQ(own_->started, 0);
  v1::CreateAppRequest app;
  app.set_request_id("app");
  app.set_org_id("org_one");
  app.set_platform("bluesky");
  app.set_base_url(kServer);
  app.set_client_id("client");
  EXPECT_EQ(ReasonOf(Ask(&AuthorizerStub::CreateApp, app).status()), "NO_APP_NEEDED");
}

TEST_F(OwnClientTest, TheLogHasNothingThatWasKept) {
  const auto started = Start(Request("acme.example"));
  const ledger::ProtoPtr record = *static_cast<ledger::Reader&>(ledger_).Get(started->authorization().id());
  ASSERT_NE(record, nullptr);
  const std::string bytes = record->SerializeAsString();
  for (const char* secret : {"kept-1", "request_uri", "private-1"}) EXPECT_EQ(bytes.find(secret), std::string::npos) << secret;
  const ledger::ProtoPtr app = *static_cast<ledger::Reader&>(ledger_).Get(started->authorization().app_id());
  EXPECT_EQ(app->SerializeAsString().find("private-1"), std::string::npos);
}

}  // namespace
}  // namespace carillon::publisher
