#include "services/listener/client/publisher_client.h"

#include <gtest/gtest.h>

#include "common/base/testing/fake_clock.h"
#include "common/rpc/router.h"

namespace carillon::listener {
namespace {

class FakePublisher : public publisher::v1::PublisherService::Service {
 public:
  grpc::Status LendAccess(grpc::ServerContext*, const publisher::v1::LendAccessRequest* request,
                          publisher::v1::LendAccessResponse* response) override {
    ++lent;
    if (request->account_id() == "acct_unknown") {
      return rpc::ToGrpc(Refuse(Code::kNotFound, "UNKNOWN_ACCOUNT", "there is no such account"));
    }
    response->set_base_url("https://a.example");
    response->set_remote_account_id("1");
    response->set_access_token("token" + std::to_string(lent));
    response->set_valid_for_s(60);
    return grpc::Status::OK;
  }
  grpc::Status GetAccount(grpc::ServerContext*, const publisher::v1::GetAccountRequest* request,
                          publisher::v1::GetAccountResponse* response) override {
    ++shown;
    response->mutable_account()->set_id(request->account());
    return grpc::Status::OK;
  }
  int lent = 0;
  int shown = 0;
};

class PublisherClientTest : public ::testing::Test {
 protected:
  PublisherClientTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&publisher_);
    server_ = builder.BuildAndStart();
    client_ = std::make_unique<PublisherClient>(
        publisher::v1::PublisherService::NewStub(server_->InProcessChannel({})),
        [this](grpc::ClientContext& context, absl::Duration timeout) {
          ++prepared_;
          context.set_deadline(std::chrono::system_clock::now() +
                               absl::ToChronoMilliseconds(timeout));
        },
        clock_);
  }
  ~PublisherClientTest() override { server_->Shutdown(); }

  FakePublisher publisher_;
  carillon::testing::FakeClock clock_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<PublisherClient> client_;
  int prepared_ = 0;
};

TEST_F(PublisherClientTest, AccessIsKeptUntilItsTimeIsOver) {
  EXPECT_EQ(client_->Lend("acct_a")->access_token, "token1");
  EXPECT_EQ(client_->Lend("acct_a")->access_token, "token1");
  clock_.Advance(absl::Seconds(59));
  EXPECT_EQ(client_->Lend("acct_a")->access_token, "token1");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(client_->Lend("acct_a")->access_token, "token2");
  EXPECT_EQ(client_->Lend("acct_b")->access_token, "token3");
  EXPECT_EQ(prepared_, 3);
}

TEST_F(PublisherClientTest, DroppedAccessIsLentAnew) {
  EXPECT_EQ(client_->Lend("acct_a")->access_token, "token1");
  client_->Drop("acct_a");
  EXPECT_EQ(client_->Lend("acct_a")->access_token, "token2");
}

TEST_F(PublisherClientTest, ARefusalKeepsItsReason) {
  const auto access = client_->Lend("acct_unknown");
  EXPECT_EQ(ReasonOf(access.status()), "UNKNOWN_ACCOUNT");
}

TEST_F(PublisherClientTest, AccountsAreKeptTenMinutes) {
  EXPECT_EQ(client_->Account("acct_a")->id(), "acct_a");
  clock_.Advance(absl::Minutes(9));
  EXPECT_TRUE(client_->Account("acct_a").ok());
  EXPECT_EQ(publisher_.shown, 1);
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(client_->Account("acct_a").ok());
  EXPECT_EQ(publisher_.shown, 2);
}

}  // namespace
}  // namespace carillon::listener
