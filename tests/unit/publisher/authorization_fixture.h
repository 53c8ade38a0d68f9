// Connecting by OAuth over a real gRPC connection, with the Ledger in memory and a platform that answers as it is told.
#pragma once

#include <gtest/gtest.h>

#include "common/http/form.h"
#include "common/platform/oauth.h"
#include "services/publisher/api/authorization_api.h"
#include "tests/unit/publisher/api_fixture.h"
#include "tests/unit/publisher/sending_fakes.h"

namespace carillon::publisher::testing {

inline constexpr char kServer[] = "https://93.184.216.34";
inline constexpr char kGateway[] = "gateway-token-0123456789";

// The token is the name of the account.
class OAuthPlatform : public FakeConnector {
 public:
  Result<platform::AccountInfo> Verify(const platform::AccountAccess& access, absl::Duration) override {
    return platform::AccountInfo{access.access_token + "-id", access.access_token, "", ""};
  }
};

// A code is "<name of the account>"; it is redeemed once, with the verifier of the challenge that the page was asked with.
class FakeOAuth : public platform::OAuth {
 public:
  explicit FakeOAuth(bool registers) : registers_(registers) {}
  std::string Platform() const override { return "mastodon"; }
  bool RegistersByCall() const override { return registers_; }
  Result<platform::OAuthApp> Register(const std::string& base_url, const std::string& redirect_uri,
                                      absl::Duration) override {
    ++registrations;
    return platform::OAuthApp{base_url, fmt::format("client-{}", registrations),
                              fmt::format("secret-{}", registrations), redirect_uri};
  }
  std::string AuthorizationUrl(const platform::OAuthApp& app,
                               const platform::AuthorizationRequest& request) const override {
    return platform::MakeAuthorizationUrl(app.base_url + "/authorize", app, request, "all");
  }
  Result<std::string> Redeem(const platform::OAuthApp& app, const platform::CodeGrant& grant,
                             absl::Duration) override {
    ++redeemed;
    last_app = app;
    if (!answer.ok()) return answer;
    if (platform::ChallengeOf(grant.verifier) != challenge) {
      return Refuse(Code::kFailedPrecondition, "CODE_REFUSED", "another verifier");
    }
    return grant.code;
  }

  Status Revoke(const platform::OAuthApp& app, const std::string& secret, absl::Duration timeout) override {
    EXPECT_GT(timeout, absl::ZeroDuration());
    last_app = app;
    revoked.push_back(secret);
    if (while_revoking) while_revoking();
    return answer;
  }

  std::string challenge;
  Status answer;
  std::vector<std::string> revoked;
  std::function<void()> while_revoking;
  platform::OAuthApp last_app;
  int registrations = 0, redeemed = 0;

 private:
  const bool registers_;
};

class AuthorizationFixture : public ApiFixture {
 protected:
  using AuthorizerStub = v1::AuthorizationService::Stub;

  explicit AuthorizationFixture(bool registers = true) {
    platforms_.Add(std::make_unique<OAuthPlatform>());
    auto oauth = std::make_unique<FakeOAuth>(registers);
    oauth_ = oauth.get();
    platforms_.Add(std::move(oauth));
    AuthorizationOptions options;
    options.public_url = "https://carillon.example";
    flows_api_ = std::make_unique<AuthorizationApi>(*flows_router_, ledger_, platforms_, credentials_, vault_, h_.clock, options);
    grpc::ServerBuilder builder;
    builder.RegisterService(flows_api_.get());
    flows_server_ = builder.BuildAndStart();
    flows_ = v1::AuthorizationService::NewStub(flows_server_->InProcessChannel({}));
  }
  ~AuthorizationFixture() override { flows_server_->Shutdown(); }

  template <typename Request, typename Response>
  Result<Response> Ask(grpc::Status (AuthorizerStub::*method)(grpc::ClientContext*, const Request&, Response*),
                       const Request& request, const char* token = kOperator) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", std::string("Bearer ") + token);
    Response response;
    RETURN_IF_ERROR(rpc::FromGrpc((flows_.get()->*method)(&context, request, &response)));
    return response;
  }

  struct Begun {
    std::string id, url;
    std::map<std::string, std::string> query;
    std::string issuer_path;
  };
  Result<Begun> Begin(const std::string& account = "", const std::string& request_id = "", const std::string& app = "") {
    v1::StartAuthorizationRequest request;
    request.set_request_id(request_id.empty() ? fmt::format("begin-{}", ++begun_) : request_id);
    request.set_org_id("org_one");
    request.set_brand_id("brand_one");
    request.set_platform("mastodon");
    request.set_base_url(kServer);
    request.set_account_id(account);
    request.set_app(app);
    ASSIGN_OR_RETURN(const auto response, Ask(&AuthorizerStub::StartAuthorization, request));
    EXPECT_TRUE(response.authorization().ciphertext().empty());
    EXPECT_TRUE(response.authorization().state_hash().empty());
    Begun out{response.authorization().id(), response.authorization_url(), {}, ""};
    if (out.url.empty()) return out;
    const auto fields = http::ParseForm(out.url.substr(out.url.find('?') + 1));
    for (const auto& [name, value] : *fields) out.query[name] = value;
    oauth_->challenge = out.query["code_challenge"];
    constexpr char kCallback[] = "https://carillon.example/oauth/callback/";
    EXPECT_TRUE(out.query["redirect_uri"].starts_with(kCallback)) << out.query["redirect_uri"];
    out.issuer_path = out.query["redirect_uri"].substr(sizeof kCallback - 1);
    return out;
  }
  Result<v1::Account> Finish(const Begun& begun, const std::string& code,
                             const std::function<void(v1::FinishAuthorizationRequest&)>& change = nullptr,
                             const char* token = kGateway) {
    v1::FinishAuthorizationRequest request;
    request.set_state(begun.query.at("state"));
    request.set_code(code);
    request.set_issuer_path(begun.issuer_path);
    if (change) change(request);
    ASSIGN_OR_RETURN(const auto response, Ask(&AuthorizerStub::FinishAuthorization, request, token));
    return response.account();
  }
  v1::Authorization Flow(const std::string& id) {
    v1::GetAuthorizationRequest request;
    request.set_id(id);
    const auto response = Ask(&AuthorizerStub::GetAuthorization, request);
    EXPECT_TRUE(response.ok()) << ToString(response.status());
    return response.ok() ? response->authorization() : v1::Authorization();
  }
  Result<v1::App> CreateApp(const std::string& client_id, const std::string& secret, const std::string& name = "") {
    v1::CreateAppRequest request;
    request.set_request_id(fmt::format("app-{}", ++begun_));
    request.set_org_id("org_one");
    request.set_platform("mastodon");
    request.set_base_url(kServer);
    request.set_name(name);
    request.set_client_id(client_id);
    request.set_client_secret(secret);
    ASSIGN_OR_RETURN(const auto response, Ask(&AuthorizerStub::CreateApp, request));
    return response.app();
  }

  FakeOAuth* oauth_ = nullptr;
  std::unique_ptr<auth::Authorizer> with_gateway_ =
      auth::MakeTokenAuthorizer({kOperator, kService, kGateway});
  std::unique_ptr<rpc::Router> flows_router_ = rpc::MakeRouter(ledger_, ledger_, *with_gateway_, h_.clock, {});
  std::unique_ptr<AuthorizationApi> flows_api_;
  std::unique_ptr<grpc::Server> flows_server_;
  std::unique_ptr<AuthorizerStub> flows_;
  int begun_ = 0;
};

}  // namespace carillon::publisher::testing
