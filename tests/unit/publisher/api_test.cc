// The accounts' part of the API over a real gRPC connection, with the Ledger in memory and a platform that answers as it is told.
#include <gtest/gtest.h>

#include "common/rpc/router.h"
#include "services/publisher/api/publisher_api.h"
#include "tests/unit/publisher/harness.h"
#include "tests/unit/publisher/sending_fakes.h"

namespace carillon::publisher {
namespace {

constexpr char kOperator[] = "operator-token-0123456789";
constexpr char kService[] = "service-token-0123456789";
constexpr char kVaultKey[] = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

class Platform : public testing::FakeConnector {
 public:
  Result<platform::AccountInfo> Verify(const platform::AccountAccess& access, absl::Duration) override {
    token = access.access_token;
    if (token == "revoked") return MakeStatus(Code::kUnauthenticated, "401");
    return platform::AccountInfo{token + "-id", token + "@" + access.base_url.substr(8), "", ""};
  }
  std::string token;
};

class PublisherApiTest : public ::testing::Test {
 protected:
  using Stub = v1::PublisherService::Stub;

  PublisherApiTest() {
    auto platform = std::make_unique<Platform>();
    platform_ = platform.get();
    platforms_.Add(std::move(platform));
    grpc::ServerBuilder builder;
    builder.RegisterService(&api_);
    server_ = builder.BuildAndStart();
    stub_ = v1::PublisherService::NewStub(server_->InProcessChannel({}));
  }
  ~PublisherApiTest() override { server_->Shutdown(); }

  template <typename Request, typename Response>
  Result<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                        const Request& request, const char* token = kOperator) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", std::string("Bearer ") + token);
    Response response;
    RETURN_IF_ERROR(rpc::FromGrpc((stub_.get()->*method)(&context, request, &response)));
    return response;
  }
  // On the fake platform the token is the name.
  Result<v1::Account> Connect(const std::string& token, const std::string& brand = "brand_one",
                              const std::string& server = "https://93.184.216.34") {
    v1::ConnectAccountRequest request;
    request.set_request_id(fmt::format("connect-{}", ++requests_));
    request.set_org_id("org_one");
    request.set_brand_id(brand);
    request.set_platform("mastodon");
    request.set_base_url(server);
    request.set_access_token(token);
    ASSIGN_OR_RETURN(const auto response, Call(&Stub::ConnectAccount, request));
    return response.account();
  }
  Result<v1::Account> Get(const std::string& account, const std::string& brand = "brand_one") {
    v1::GetAccountRequest request;
    request.set_account(account);
    request.set_brand_id(brand);
    ASSIGN_OR_RETURN(const auto response, Call(&Stub::GetAccount, request));
    return response.account();
  }
  Result<v1::LendAccessResponse> Lend(const std::string& account, const char* token = kService) {
    v1::LendAccessRequest request;
    request.set_account_id(account);
    return Call(&Stub::LendAccess, request, token);
  }

  testing::Harness h_;
  vault::Vault vault_ = *vault::Vault::FromText(kVaultKey);
  CredentialStore credentials_{vault_};
  // What the sender pool does in the service: the credential of a commit is known to its process.
  class Effects : public ledger::EffectRunner {
   public:
    explicit Effects(CredentialStore& store) : store_(store) {}
    void Run(std::shared_ptr<const ledger::Effect> effect) override {
      if (auto stored = std::dynamic_pointer_cast<const CredentialStored>(effect)) {
        store_.Put(stored->credential);
      }
    }

   private:
    CredentialStore& store_;
  } effects_{credentials_};
  ledger::testing::FakeLedger ledger_{h_.domain, h_.clock, &effects_};
  platform::Registry platforms_;
  Platform* platform_ = nullptr;
  std::unique_ptr<auth::Authorizer> authorizer_ = auth::MakeTokenAuthorizer({kOperator, kService});
  std::unique_ptr<rpc::Router> router_ =
      rpc::MakeRouter(ledger_, ledger_, *authorizer_, h_.clock, {});
  PublisherApi api_{*router_, ledger_, platforms_, credentials_, {}};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Stub> stub_;
  int requests_ = 0;
};

TEST_F(PublisherApiTest, AnAccountIsFoundByIdAndByEachOfItsNames) {
  const auto made = Connect("acme");
  ASSERT_TRUE(made.ok()) << ToString(made.status());
  ASSERT_TRUE(Connect("acme2").ok());  // begins alike
  for (const std::string& name :
       {made->id(), std::string("acme"), std::string("@acme"), made->username()}) {
    const auto found = Get(name);
    ASSERT_TRUE(found.ok()) << name << ToString(found.status());
    EXPECT_EQ(found->id(), made->id());
  }
  EXPECT_EQ(ReasonOf(Get("acm").status()), "UNKNOWN_ACCOUNT");
  EXPECT_EQ(ReasonOf(Get("").status()), "MISSING_FIELD");
}

TEST_F(PublisherApiTest, ANameThatTwoServersHaveMustBeWhole) {
  const auto one = Connect("acme");
  const auto two = Connect("acme", "brand_one", "https://93.184.216.35");
  ASSERT_NE(one->id(), two->id());
  EXPECT_EQ(ReasonOf(Get("acme").status()), "AMBIGUOUS_ACCOUNT");
  EXPECT_EQ(Get(two->username())->id(), two->id());
}

TEST_F(PublisherApiTest, ABrandSeesOnlyItsOwnNames) {
  ASSERT_TRUE(Connect("acme", "brand_one").ok());
  const auto other = Connect("acme", "brand_two", "https://93.184.216.35");
  EXPECT_EQ(Get("acme", "brand_two")->id(), other->id());
  EXPECT_EQ(ReasonOf(Get("acme", "brand_three").status()), "UNKNOWN_ACCOUNT");
  EXPECT_EQ(ReasonOf(Get("acme", "").status()), "AMBIGUOUS_ACCOUNT");
}

TEST_F(PublisherApiTest, ConnectingAgainReplacesTheTokenOfTheSameAccount) {
  const auto first = Connect("acme");
  const auto again = Connect(" acme\n");  // as a file has it
  ASSERT_TRUE(again.ok()) << ToString(again.status());
  EXPECT_EQ(again->id(), first->id());
  EXPECT_EQ(again->credential_version(), first->credential_version() + 1);
  const auto lent = Lend(first->id());
  ASSERT_TRUE(lent.ok()) << ToString(lent.status());
  EXPECT_EQ(lent->access_token(), "acme");
}

TEST_F(PublisherApiTest, ATokenThatIsNoneNeverReplacesOneThatWorks) {
  const auto account = Connect("acme");
  EXPECT_EQ(ReasonOf(Connect("").status()), "EMPTY_TOKEN");
  EXPECT_EQ(ReasonOf(Connect("two words").status()), "BAD_TOKEN_SHAPE");
  EXPECT_EQ(ReasonOf(Connect("revoked").status()), "TOKEN_REFUSED");
  EXPECT_EQ(ReasonOf(Connect("acme", "brand_one", "https://127.0.0.1").status()), "PRIVATE_ADDRESS");
  EXPECT_EQ(Get(account->id())->credential_version(), account->credential_version());
}

TEST_F(PublisherApiTest, AccessIsLentToServicesOnlyAndWhileConnected) {
  const auto account = Connect("acme");
  const auto person = Lend(account->id(), kOperator);
  EXPECT_EQ(person.status().code(), Code::kPermissionDenied) << ToString(person.status());
  EXPECT_EQ(ReasonOf(Lend("acct_unknown").status()), "UNKNOWN_ACCOUNT");
  v1::DisconnectAccountRequest request;
  request.set_request_id("d1");
  request.set_account_id(account->id());
  ASSERT_TRUE(Call(&Stub::DisconnectAccount, request).ok());
  EXPECT_EQ(ReasonOf(Lend(account->id()).status()), "NOT_CONNECTED");
}

}  // namespace
}  // namespace carillon::publisher
