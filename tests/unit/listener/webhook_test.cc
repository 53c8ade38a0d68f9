// What is pushed: the decision, and the handler over a real gRPC server with a publisher that knows one signature.
#include <gtest/gtest.h>

#include "carillon/listener/v1/webhook_internal.pb.h"
#include "common/platform/account_id.h"
#include "common/platform/registry.h"
#include "common/rpc/router.h"
#include "services/listener/api/webhook_api.h"
#include "tests/unit/listener/harness.h"

namespace carillon::listener {
namespace {

using testing::AddSignal;
using testing::Harness;

constexpr char kOperator[] = "operator-token-1234567";
constexpr char kService[] = "service-token-12345678";
constexpr char kGateway[] = "gateway-token-12345678";
constexpr char kApp[] = "app_aaaaaaaaaaaaaaaaaaaaaaaaaa";
const std::string kXAccount = platform::AccountId("acme", "x", "https://api.x.com", "77");

v1::PollNow PollNowOf(const std::string& account) {
  v1::PollNow command;
  command.set_account_id(account);
  return command;
}

class Secrets : public publisher::v1::WebhookSecretService::Service {
 public:
  grpc::Status CheckSignature(grpc::ServerContext*, const publisher::v1::CheckSignatureRequest* request,
                              publisher::v1::CheckSignatureResponse* response) override {
    last = *request;
    if (away) return {grpc::StatusCode::UNAVAILABLE, "away"};
    if (request->headers().count("x-signature") == 0) {
      return rpc::ToGrpc(Refuse(Code::kUnauthenticated, "BAD_SIGNATURE", "no"));
    }
    response->set_org_id("acme");
    response->set_base_url("https://api.x.com");
    return grpc::Status::OK;
  }
  publisher::v1::CheckSignatureRequest last;
  bool away = false;
};

// "x", whose bodies are accounts with commas.
class FakeWebhook : public platform::Webhook {
 public:
  std::string Platform() const override { return "x"; }
  Result<platform::ChallengeAnswer> AnswerChallenge(const Fields&, const std::string&) const override {
    return platform::BadChallenge("");
  }
  Status CheckSignature(const Fields&, std::string_view, const std::string&) const override { return Ok(); }
  Result<platform::PushedEvents> Read(std::string_view body) const override {
    if (body == "nonsense") return Refuse(Code::kInvalidArgument, "BAD_EVENT", "no");
    platform::PushedEvents out;
    for (size_t begin = 0; begin <= body.size();) {
      const size_t end = std::min(body.find(',', begin), body.size());
      out.events.push_back({std::string(body.substr(begin, end - begin)), ""});
      begin = end + 1;
    }
    return out;
  }
};

class WebhookTest : public ::testing::Test {
 protected:
  WebhookTest() {
    platforms_.Add(std::make_unique<FakeWebhook>());
    grpc::ServerBuilder publisher;
    publisher.RegisterService(&secrets_);
    publisher_ = publisher.BuildAndStart();
    api_ = std::make_unique<WebhookApi>(
        *router_, platforms_, h_.clock,
        publisher::v1::WebhookSecretService::NewStub(publisher_->InProcessChannel({})),
        [](grpc::ClientContext&, absl::Duration) {});
    grpc::ServerBuilder builder;
    builder.RegisterService(api_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::WebhookService::NewStub(server_->InProcessChannel({}));
  }
  ~WebhookTest() override {
    server_->Shutdown();
    publisher_->Shutdown();
  }
  Result<v1::TakeWebhookResponse> Take(const std::string& body, bool is_signed = true, const char* token = kGateway) {
    v1::TakeWebhookRequest request;
    request.set_platform("x");
    request.set_app_id(kApp);
    request.set_body(body);
    if (is_signed) (*request.mutable_headers())["x-signature"] = "good";
    grpc::ClientContext context;
    context.AddMetadata("authorization", std::string("Bearer ") + token);
    v1::TakeWebhookResponse response;
    RETURN_IF_ERROR(rpc::FromGrpc(stub_->TakeWebhook(&context, request, &response)));
    return response;
  }
  // Connects the account and ends its first poll.
  void Connect() {
    h_.Connect(1, true, kXAccount);
    const auto job = h_.StartPoll();
    v1::PollReport report = h_.Report(*job);
    report.set_history_read(true);
    ASSERT_TRUE(h_.HandIn(report).ok());
    ASSERT_EQ(h_.StartPoll(), nullptr) << "nothing is due";
  }

  Harness h_;
  std::unique_ptr<auth::Authorizer> authorizer_ = auth::MakeTokenAuthorizer({kOperator, kService, kGateway});
  std::unique_ptr<rpc::Router> router_ = rpc::MakeRouter(h_.ledger, h_.ledger, *authorizer_, h_.clock, {});
  platform::Registry platforms_;
  Secrets secrets_;
  std::unique_ptr<grpc::Server> publisher_;
  std::unique_ptr<WebhookApi> api_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::WebhookService::Stub> stub_;
};

TEST_F(WebhookTest, WhatIsPushedIsPolledForAtOnce) {
  Connect();
  const auto taken = Take("77");
  ASSERT_TRUE(taken.ok()) << ToString(taken.status());
  EXPECT_EQ(taken->accounts(), 1);
  EXPECT_EQ(secrets_.last.body(), "77");
  EXPECT_EQ(secrets_.last.app_id(), kApp);
  const auto job = h_.StartPoll();
  ASSERT_NE(job, nullptr);
  EXPECT_EQ(job->account_id, kXAccount);
}

TEST_F(WebhookTest, PushedTwiceAndPolledItIsOneSignal) {
  Connect();
  ASSERT_TRUE(Take("77").ok());
  ASSERT_TRUE(Take("77").ok());  // the platform delivers again
  const auto job = h_.StartPoll();
  v1::PollReport report = h_.Report(*job, "9");
  AddSignal(report, v1::SIGNAL_KIND_MENTION, "9", "9");
  ASSERT_TRUE(h_.HandIn(report).ok());
  ASSERT_TRUE(Take("77").ok());  // and once more
  v1::PollReport again = h_.Report(*h_.StartPoll(), "9");
  AddSignal(again, v1::SIGNAL_KIND_MENTION, "9", "9");
  ASSERT_TRUE(h_.HandIn(again).ok());
  EXPECT_EQ(h_.Sent<v1::SignalEvent>().size(), 1u);
}

TEST_F(WebhookTest, APollThatIsUnderWayMayHaveLookedTooEarly) {
  Connect();
  ASSERT_TRUE(Take("77").ok());
  const auto job = h_.StartPoll();
  ASSERT_TRUE(Take("77").ok());  // while it is under way
  ASSERT_TRUE(h_.HandIn(h_.Report(*job)).ok());
  h_.clock.Advance(h_.options.reaction_delay);
  const auto next = h_.StartPoll();
  ASSERT_NE(next, nullptr) << "another one follows it soon";
  ASSERT_TRUE(h_.HandIn(h_.Report(*next)).ok());
  EXPECT_EQ(h_.StartPoll(), nullptr) << "and that is all";
}

TEST_F(WebhookTest, AFailedPollOwesTheNextOne) {
  Connect();
  ASSERT_TRUE(Take("77").ok());
  const auto job = h_.StartPoll();
  ASSERT_TRUE(Take("77").ok());
  v1::PollReport failed = h_.Report(*job);
  failed.set_error("503");
  ASSERT_TRUE(h_.HandIn(failed).ok());
  EXPECT_FALSE(h_.Collection(kXAccount).has_next_signals_at()) << "it reads them";
  h_.clock.Advance(absl::Minutes(11));
  EXPECT_NE(h_.StartPoll(), nullptr);
}

TEST_F(WebhookTest, OnlyWhatIsInTheLogIsAcknowledged) {
  Connect();
  h_.ledger.FailWith(MakeStatus(Code::kUnavailable, "Kafka is away"));
  EXPECT_EQ(Take("77").status().code(), Code::kUnavailable);
  h_.ledger.FailWith(Ok());
  EXPECT_TRUE(Take("77").ok());
  secrets_.away = true;
  EXPECT_EQ(Take("77").status().code(), Code::kUnavailable);
}

TEST_F(WebhookTest, WhatNobodySignedChangesNothing) {
  Connect();
  EXPECT_EQ(ReasonOf(Take("77", /*is_signed=*/false).status()), "BAD_SIGNATURE");
  EXPECT_EQ(ReasonOf(Take("nonsense").status()), "BAD_EVENT");
  EXPECT_EQ(Take("77", true, "another-token-0123456").status().code(), Code::kUnauthenticated);
  EXPECT_EQ(h_.StartPoll(), nullptr);
}

TEST_F(WebhookTest, OthersAccountsArePassedOver) {
  Connect();
  const auto taken = Take("12,77,13");
  ASSERT_TRUE(taken.ok()) << ToString(taken.status());
  EXPECT_EQ(taken->accounts(), 1);
  EXPECT_EQ(taken->passed_over(), 2);
  ASSERT_TRUE(h_.Connect(2, false, kXAccount));
  EXPECT_EQ(Take("77")->passed_over(), 1);
  EXPECT_EQ(ReasonOf(h_.ledger.Command("", "", CollectionId(kXAccount), PollNowOf(kXAccount)).status), "NOT_CONNECTED");
}

}  // namespace
}  // namespace carillon::listener
