// The authorization server of the stand-in: our own connector gets through it, and what it must refuse it refuses.
#include <gmock/gmock.h>

#include "bluesky/fixture.h"
#include "common/base/hmac.h"
#include "common/http/form.h"
#include "common/http/server.h"
#include "common/jose/client_assertion.h"
#include "common/jose/dpop.h"
#include "common/platform/bluesky/connector.h"
#include "common/platform/bluesky/facts.h"
#include "common/platform/bluesky/oauth.h"
#include "common/platform/bluesky/session.h"

namespace carillon::sandbox::bluesky {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kVerifier[] = "a-verifier-of-forty-three-characters-or-more-than-that";
constexpr char kRedirect[] = "http://127.0.0.1:4321/callback";

class OAuthTest : public BlueskyFixture {
 protected:
  void SetUp() override {
    BlueskyFixture::SetUp();
    issuer_ = sandbox_->url("bluesky");
    client_id_ = "http://localhost?" + http::EncodeForm({{"redirect_uri", kRedirect}, {"scope", Scopes()}});
  }
  static std::string Scopes() { return carillon::bluesky::OwnFacts().Text("token.scopes"); }
  static std::string Challenge() { return Base64Url(Sha256(kVerifier)); }

  // A POST with a proof; once more with the nonce that is wanted.
  http::HttpOutcome Post(const std::string& path, const http::FormFields& form, const jose::Es256Key& key,
                         const std::string& url = "") {
    http::HttpRequest request;
    request.method = "POST";
    request.url = issuer_ + path;
    request.form = form;
    request.headers["DPoP"] = last_proof_ =
        jose::MakeDpopProof(key, {"POST", url.empty() ? request.url : url, nonce_, ""}, clock_.Now());
    http::HttpOutcome outcome = client_->Send(request);
    if (!outcome.ok()) return outcome;
    const bool wants_nonce = Said(outcome) == "400 use_dpop_nonce" && nonce_ != outcome.response->Header("DPoP-Nonce");
    nonce_ = outcome.response->Header("DPoP-Nonce");
    return wants_nonce ? Post(path, form, key, url) : outcome;
  }
  http::FormFields Request() {
    return {{"response_type", "code"},       {"client_id", client_id_},      {"redirect_uri", kRedirect}, {"scope", Scopes()},
            {"state", "the-state"},          {"code_challenge", Challenge()}, {"code_challenge_method", "S256"},
            {"login_hint", "two.test"}};
  }
  static http::FormFields With(http::FormFields form, const std::string& name, const std::string& value) {
    for (auto& [key, old] : form) {
      if (key == name) old = value;
    }
    return form;
  }
  // Where the page sends the browser.
  http::FormFields Agree(const std::string& request_uri) {
    http::HttpRequest request;
    request.url = issuer_ + "/oauth/authorize?" + http::EncodeForm({{"client_id", client_id_}, {"request_uri", request_uri}});
    const auto outcome = client_->Send(request);
    EXPECT_EQ(StatusOf(outcome), 302) << outcome.response->body;
    const std::string back = outcome.response->Header("Location");
    EXPECT_THAT(back, StartsWith(std::string(kRedirect) + "?"));
    return *http::ParseForm(back.substr(back.find('?') + 1));
  }
  static std::string Field(const http::FormFields& form, const std::string& name) {
    for (const auto& [key, value] : form) {
      if (key == name) return value;
    }
    return "";
  }
  std::string Code() { return Field(Agree(BodyOf(Post("/oauth/par", Request(), key_)).value("request_uri", "")), "code"); }
  http::FormFields CodeForm(const std::string& code) {
    return {{"grant_type", "authorization_code"}, {"code", code}, {"redirect_uri", kRedirect}, {"code_verifier", kVerifier},
            {"client_id", client_id_}};
  }
  http::FormFields RefreshForm(const std::string& token) {
    return {{"grant_type", "refresh_token"}, {"refresh_token", token}, {"client_id", client_id_}};
  }
  http::HttpOutcome GetWithProof(const std::string& nsid, const std::string& token, const std::string& proof) {
    http::HttpRequest request;
    request.url = issuer_ + "/xrpc/" + nsid;
    request.headers["Authorization"] = "DPoP " + token;
    if (!proof.empty()) request.headers["DPoP"] = proof;
    return client_->Send(request);
  }
  std::string Proof(const std::string& nsid, const std::string& token) {
    return jose::MakeDpopProof(key_, {"GET", issuer_ + "/xrpc/" + nsid, nonce_, token}, clock_.Now());
  }

  std::string issuer_, client_id_, nonce_, last_proof_;
  jose::Es256Key key_ = jose::Es256Key::New();
};

TEST_F(OAuthTest, AnAppGetsTokensThatAreBoundToItsKey) {
  const json pushed = BodyOf(Post("/oauth/par", Request(), key_));
  ASSERT_TRUE(pushed.contains("request_uri")) << pushed;
  const http::FormFields back = Agree(pushed["request_uri"]);
  EXPECT_EQ(Field(back, "state"), "the-state");
  EXPECT_EQ(Field(back, "iss"), issuer_);
  const json tokens = BodyOf(Post("/oauth/token", CodeForm(Field(back, "code")), key_));
  EXPECT_EQ(tokens.value("token_type", ""), "DPoP") << tokens;
  EXPECT_EQ(tokens.value("sub", ""), two_.did);
  EXPECT_EQ(tokens.value("scope", ""), Scopes());
  EXPECT_EQ(tokens.value("expires_in", 0), 3600);

  const std::string access = tokens.value("access_token", ""), nsid = "com.atproto.server.getSession";
  const std::string proof = Proof(nsid, access);
  const auto mine = GetWithProof(nsid, access, proof);
  EXPECT_EQ(BodyOf(mine).value("did", ""), two_.did);
  EXPECT_NE(mine.response->Header("DPoP-Nonce"), "");
  EXPECT_EQ(Said(GetWithProof(nsid, access, proof)), "401 invalid_dpop_proof") << "replayed";
  EXPECT_EQ(Said(GetWithProof(nsid, access, "")), "401 invalid_dpop_proof");
  EXPECT_EQ(Said(GetWithProof(nsid, access, Proof("app.bsky.feed.getTimeline", access))), "401 invalid_dpop_proof");
  EXPECT_EQ(Said(GetWithProof(nsid, access, Proof(nsid, "another"))), "401 invalid_dpop_proof");
  EXPECT_EQ(Said(Query(nsid, {}, access)), "400 InvalidToken") << "it is not good for who bears it";
  key_ = jose::Es256Key::New();
  EXPECT_EQ(Said(GetWithProof(nsid, access, Proof(nsid, access))), "401 invalid_token") << "another key";
  nonce_ = "old";
  const auto stale = GetWithProof(nsid, access, Proof(nsid, access));
  EXPECT_EQ(Said(stale), "401 use_dpop_nonce");
  EXPECT_THAT(stale.response->Header("WWW-Authenticate"), HasSubstr("error=\"use_dpop_nonce\""));
}

TEST_F(OAuthTest, PushedRequestsThatAreRefused) {
  EXPECT_EQ(Said(Post("/oauth/par", With(Request(), "response_type", "token"), key_)), "400 invalid_request");
  EXPECT_EQ(Said(Post("/oauth/par", With(Request(), "redirect_uri", "https://evil.example/"), key_)), "400 invalid_request");
  EXPECT_EQ(Said(Post("/oauth/par", With(Request(), "redirect_uri", "http://127.0.0.1:9/other"), key_)), "400 invalid_request");
  EXPECT_EQ(Said(Post("/oauth/par", With(Request(), "code_challenge_method", "plain"), key_)), "400 invalid_request");
  EXPECT_EQ(Said(Post("/oauth/par", With(Request(), "scope", "transition:generic"), key_)), "400 invalid_scope");
  EXPECT_EQ(Said(Post("/oauth/par", With(Request(), "scope", "atproto transition:email"), key_)), "400 invalid_scope");
  EXPECT_EQ(Said(Post("/oauth/par", With(Request(), "client_id", issuer_ + "/nothing.json"), key_)), "400 invalid_client_metadata");
  EXPECT_EQ(Said(Post("/oauth/par", Request(), key_, issuer_ + "/oauth/token")), "400 invalid_dpop_proof");
  // The port of a loopback address is not looked at.
  EXPECT_EQ(StatusOf(Post("/oauth/par", With(Request(), "redirect_uri", "http://127.0.0.1:9/callback"), key_)), 201);
  http::HttpRequest replay;
  replay.method = "POST";
  replay.url = issuer_ + "/oauth/par";
  replay.form = Request();
  replay.headers["DPoP"] = last_proof_;
  EXPECT_EQ(Said(client_->Send(replay)), "400 invalid_dpop_proof");
  replay.headers.erase("DPoP");
  EXPECT_EQ(Said(client_->Send(replay)), "400 invalid_dpop_proof");
}

TEST_F(OAuthTest, ARequestIsGoodOnceAndACodeForWhoAsked) {
  const std::string uri = BodyOf(Post("/oauth/par", Request(), key_)).value("request_uri", "");
  const std::string code = Field(Agree(uri), "code");
  http::HttpRequest again;
  again.url = issuer_ + "/oauth/authorize?" + http::EncodeForm({{"client_id", client_id_}, {"request_uri", uri}});
  EXPECT_EQ(Said(client_->Send(again)), "400 invalid_request");

  EXPECT_EQ(Said(Post("/oauth/token", CodeForm(code), jose::Es256Key::New())), "400 invalid_grant") << "another key";
  EXPECT_EQ(Said(Post("/oauth/token", CodeForm(code), key_)), "400 invalid_grant") << "and then it is used up";
  EXPECT_EQ(Said(Post("/oauth/token", With(CodeForm(Code()), "code_verifier", "another"), key_)), "400 invalid_grant");
  EXPECT_EQ(Said(Post("/oauth/token", With(CodeForm(Code()), "redirect_uri", "http://127.0.0.1:9/callback"), key_)),
            "400 invalid_grant");
  EXPECT_EQ(Said(Post("/oauth/token", With(CodeForm("x"), "grant_type", "password"), key_)), "400 unsupported_grant_type");
}

TEST_F(OAuthTest, ARefreshTokenIsGoodForOneUse) {
  const json first = BodyOf(Post("/oauth/token", CodeForm(Code()), key_));
  const json second = BodyOf(Post("/oauth/token", RefreshForm(first.value("refresh_token", "")), key_));
  EXPECT_NE(second.value("access_token", ""), first.value("access_token", "")) << second;
  EXPECT_EQ(second.value("sub", ""), two_.did);
  const std::string nsid = "com.atproto.server.getSession";
  for (const json& tokens : {first, second}) {
    const std::string access = tokens.value("access_token", "");
    EXPECT_EQ(StatusOf(GetWithProof(nsid, access, Proof(nsid, access))), 200);
  }
  // Once more: whoever has it, the session is over.
  EXPECT_EQ(Said(Post("/oauth/token", RefreshForm(first.value("refresh_token", "")), key_)), "400 invalid_grant");
  EXPECT_EQ(Said(Post("/oauth/token", RefreshForm(second.value("refresh_token", "")), key_)), "400 invalid_grant");
  const std::string access = second.value("access_token", "");
  EXPECT_EQ(Said(GetWithProof(nsid, access, Proof(nsid, access))), "401 invalid_token");
}

TEST_F(OAuthTest, ScopesAreHeldTo) {
  client_id_ = "http://localhost?" + http::EncodeForm({{"redirect_uri", kRedirect}, {"scope", "atproto transition:generic"}});
  const auto request = With(Request(), "scope", "atproto transition:generic");
  const std::string code = Field(Agree(BodyOf(Post("/oauth/par", request, key_)).value("request_uri", "")), "code");
  const std::string access = BodyOf(Post("/oauth/token", CodeForm(code), key_)).value("access_token", "");
  EXPECT_EQ(StatusOf(GetWithProof("app.bsky.feed.getTimeline", access, Proof("app.bsky.feed.getTimeline", access))), 200);
  EXPECT_EQ(Said(GetWithProof("chat.bsky.convo.listConvos", access, Proof("chat.bsky.convo.listConvos", access))),
            "403 ScopeMissingError");
}

// Our own side against it, over real sockets, with a client's document on a server of its own.
class OwnClientTest : public OAuthTest {
 protected:
  void SetUp() override {
    OAuthTest::SetUp();
    facts_ = carillon::bluesky::OwnFacts();
    const json changed = {{"facts",
                           {{"token.did_directory_url", {{"value", issuer_ + "/plc"}}},
                            {"token.handle_resolver_url", {{"value", issuer_}}},
                            {"token.localhost_client", {{"value", false}}}}}};
    ASSERT_TRUE(facts_.Override(changed.dump(), "test").ok());
    documents_ = *http::HttpServer::Start({}, [this](const http::ServerRequest&) {
      http::ServerResponse response;
      response.content_type = "application/json";
      response.body = document_;
      return response;
    });
    oauth_ = carillon::bluesky::MakeOAuth(*client_, clock_, facts_);
    connector_ = carillon::bluesky::MakeConnector(*client_, clock_, facts_);
    own_ = *oauth_->MakeClient("http://" + documents_->address() + "/client-metadata.json", kRedirect);
    document_ = *oauth_->ClientDocument({{"", own_.app.client_id, "", kRedirect}, own_.public_key});
    client_id_ = own_.app.client_id;
  }
  Result<platform::StartedFlow> Start(const std::string& handle) {
    return oauth_->Start(own_.app, {{"auth_1.state", Challenge()}, "", handle}, absl::Seconds(10));
  }
  Result<std::string> Finish(const platform::StartedFlow& flow) {
    http::HttpRequest request;
    request.url = flow.authorization_url;
    const auto outcome = client_->Send(request);
    EXPECT_EQ(StatusOf(outcome), 302);
    const std::string back = outcome.response->Header("Location");
    const auto fields = *http::ParseForm(back.substr(back.find('?') + 1));
    EXPECT_EQ(Field(fields, "iss"), flow.issuer);
    return oauth_->Redeem(own_.app, {Field(fields, "code"), kVerifier, flow.kept}, absl::Seconds(10));
  }
  platform::RefreshOutcome Refresh(const std::string& secret) {
    platform::RefreshRequest request;
    request.access = {"acct_1", issuer_, one_.did, secret};
    request.timeout = absl::Seconds(10);
    return connector_->Refresh(request);
  }

  platform::Facts facts_ = carillon::bluesky::OwnFacts();
  std::string document_;
  std::unique_ptr<http::HttpServer> documents_;
  std::unique_ptr<platform::OAuth> oauth_;
  std::unique_ptr<platform::Connector> connector_;
  platform::OwnClient own_;
};

TEST_F(OwnClientTest, FromTheHandleToAPost) {
  const auto flow = Start("one.test");
  ASSERT_TRUE(flow.ok()) << ToString(flow.status());
  EXPECT_EQ(flow->base_url, issuer_);
  const auto secret = Finish(*flow);
  ASSERT_TRUE(secret.ok()) << ToString(secret.status());
  const auto info = connector_->Verify({"", issuer_, "", *secret}, absl::Seconds(10));
  ASSERT_TRUE(info.ok()) << ToString(info.status());
  EXPECT_EQ(info->username, "one.test");
  EXPECT_EQ(info->remote_account_id, one_.did);

  const auto fresh = Refresh(info->secret);
  ASSERT_EQ(fresh.kind, platform::RefreshOutcome::Kind::kRefreshed) << fresh.error;
  platform::PublishRequest request;
  request.access = {"acct_1", issuer_, one_.did, fresh.secret};
  request.content.text = "By OAuth";
  request.idempotency_key = "dlv_1";
  request.first_sent_at = clock_.Now();
  request.timeout = absl::Seconds(10);
  const auto out = connector_->Publish(request);
  EXPECT_EQ(out.kind, platform::PublishOutcome::Kind::kPublished) << out.error;
  // The used one ends the session.
  EXPECT_EQ(Refresh(info->secret).kind, platform::RefreshOutcome::Kind::kRefused);
  EXPECT_EQ(Refresh(fresh.secret).kind, platform::RefreshOutcome::Kind::kRefused);
}

TEST_F(OwnClientTest, WhoeverElseAgreesIsNotTaken) {
  const auto flow = Start("one.test");
  Admin("POST", "/admin/consents", {{"platform", "bluesky"}, {"account", "two.test"}});
  EXPECT_EQ(ReasonOf(Finish(*flow).status()), "ANOTHER_ACCOUNT");
}

TEST_F(OwnClientTest, AClientShowsItsOwnKey) {
  own_.app.client_secret = jose::Es256Key::New().ToJwk();
  const auto flow = Start("one.test");
  EXPECT_EQ(ReasonOf(flow.status()), "START_REFUSED");
  EXPECT_THAT(carillon::Message(flow.status()), HasSubstr("invalid_client"));
}

TEST_F(OwnClientTest, AnAssertionIsGoodOnce) {
  const auto key = jose::Es256Key::FromJwk(own_.app.client_secret);
  auto form = With(Request(), "client_id", client_id_);
  form.emplace_back("client_assertion_type", jose::kClientAssertionType);
  form.emplace_back("client_assertion", jose::MakeClientAssertion(*key, client_id_, issuer_, clock_.Now()));
  EXPECT_EQ(StatusOf(Post("/oauth/par", form, key_)), 201);
  EXPECT_EQ(Said(Post("/oauth/par", form, key_)), "400 invalid_grant");
  form.back().second = jose::MakeClientAssertion(*key, client_id_, "https://other.example", clock_.Now());
  EXPECT_EQ(Said(Post("/oauth/par", form, key_)), "401 invalid_client");
  form.back().second = jose::MakeClientAssertion(*key, client_id_, issuer_, clock_.Now() - absl::Minutes(5));
  EXPECT_EQ(Said(Post("/oauth/par", form, key_)), "401 invalid_client");
  EXPECT_EQ(Said(Post("/oauth/par", Request(), key_)), "401 invalid_client") << "it must show one";
}

TEST_F(OwnClientTest, DocumentsThatAreRefused) {
  const json good = json::parse(document_);
  const auto said = [&](json changed, int n) {
    document_ = changed.dump();
    own_.app.client_id = "http://" + documents_->address() + "/" + std::to_string(n);
    return ReasonOf(Start("one.test").status());
  };
  EXPECT_EQ(said(good, 1), "START_REFUSED") << "it is another client's";
  json changed = good;
  changed["client_id"] = "http://" + documents_->address() + "/2";
  EXPECT_EQ(said(changed, 2), "");
  for (const char* name : {"dpop_bound_access_tokens", "jwks", "scope", "redirect_uris", "token_endpoint_auth_signing_alg", "grant_types"}) {
    json without = changed;
    without["client_id"] = "http://" + documents_->address() + "/3";
    without.erase(name);
    EXPECT_EQ(said(without, 3), "START_REFUSED") << name;
  }
}

}  // namespace
}  // namespace carillon::sandbox::bluesky
