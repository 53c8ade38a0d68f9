#include <gtest/gtest.h>

#include <condition_variable>

#include "tests/unit/rpc/process.h"

namespace carillon::rpc {
namespace {

using testing::Process;
using testing::ScriptedLedger;
namespace sv1 = strategy::v1;

TEST(Router, ACommandCarriesItsEnvelope) {
  Process process;
  grpc::ClientContext context;
  Process::Prepare(context);
  context.AddMetadata(kUserKey, "maria");
  context.AddMetadata(kCorrelationKey, "launch-week");
  context.AddMetadata(kTraceparentKey, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  sv1::CreateOrganizationRequest request;
  request.set_request_id("r1");
  request.set_name("Group");
  sv1::CreateOrganizationResponse response;
  const auto before = absl::Now() - absl::Seconds(1);
  const auto status = process.stub->CreateOrganization(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.organization().name(), "here");
  ASSERT_EQ(process.ledger.inputs().size(), 1u);
  const auto input = process.ledger.inputs()[0];
  EXPECT_EQ(input.aggregate_id, "org_1");
  EXPECT_TRUE(input.creates);
  EXPECT_FALSE(input.request_digest.empty());
  EXPECT_EQ(static_cast<const sv1::CreateOrganizationRequest&>(*input.body).name(), "Group");
  EXPECT_EQ(input.envelope.org_id(), "org_1");
  EXPECT_EQ(input.envelope.brand_id(), "brand_1");
  EXPECT_EQ(input.envelope.request_id(), "r1");
  EXPECT_EQ(input.envelope.correlation_id(), "launch-week");
  EXPECT_EQ(input.envelope.traceparent().substr(0, 5), "00-0a");
  EXPECT_EQ(input.envelope.actor().kind(), common::v1::ACTOR_KIND_USER);
  EXPECT_EQ(input.envelope.actor().id(), "operator");
  EXPECT_EQ(input.envelope.actor().on_behalf_of(), "maria");
  EXPECT_GT(FromProto(input.envelope.occurred_at()), before);
  const auto& trailers = context.GetServerTrailingMetadata();
  ASSERT_EQ(trailers.count(kPositionKey), 1u);
  EXPECT_EQ(trailers.find(kPositionKey)->second, "3:42");
}

TEST(Router, CallersWithoutAGoodTokenGetNowhere) {
  Process process;
  const struct {
    const char* authorization;
    const char* reason;
  } kCases[] = {{nullptr, "NO_TOKEN"}, {"Bearer wrong-token-0123456789", "BAD_TOKEN"}};
  for (const auto& c : kCases) {
    grpc::ClientContext context;
    if (c.authorization) context.AddMetadata("authorization", c.authorization);
    sv1::CreateOrganizationRequest request;
    request.set_request_id("r1");
    sv1::CreateOrganizationResponse response;
    const Status status = FromGrpc(process.stub->CreateOrganization(&context, request, &response));
    EXPECT_EQ(status.code(), Code::kUnauthenticated);
    EXPECT_EQ(ReasonOf(status), c.reason);
  }
  EXPECT_TRUE(process.ledger.inputs().empty());
}

TEST(Router, ACommandNeedsAGoodRequestId) {
  Process process;
  for (const std::string& id :
       {std::string(), std::string(129, 'x'), std::string("a\nb"), std::string("a\x7f")}) {
    const auto answer = process.Create(id);
    EXPECT_EQ(answer.status().code(), Code::kInvalidArgument) << id;
    EXPECT_EQ(ReasonOf(answer.status()), "BAD_REQUEST_ID") << id;
  }
  EXPECT_TRUE(process.ledger.inputs().empty());
  EXPECT_TRUE(process.Create(std::string(128, 'x')).ok());
}

TEST(Router, ARefusalKeepsItsReasonAndAReadSaysNotFound) {
  Process process;
  process.ledger.Do(ScriptedLedger::Always(
      {.status = Refuse(Code::kAlreadyExists, "NAME_TAKEN", "taken", {{"name", "x"}})}));
  const auto answer = process.Create();
  EXPECT_EQ(ReasonOf(answer.status()), "NAME_TAKEN");
  EXPECT_EQ(GetErrorInfo(answer.status())->params["name"], "x");
  process.ledger.Do(ScriptedLedger::Always({.status = Ok()}));
  EXPECT_EQ(ReasonOf(process.Get().status()), "UNKNOWN_ORGANIZATION");
  process.ledger.Do(
      ScriptedLedger::Always({.status = MakeStatus(Code::kUnavailable, "uncertain")}));
  const auto unknown = process.Create();
  EXPECT_EQ(unknown.status().code(), Code::kUnavailable);
  EXPECT_EQ(ReasonOf(unknown.status()), "");
}

TEST(Router, DeadlinesHaveADefaultAndAMaximum) {
  Process process;
  const auto left = [&](std::optional<absl::Duration> timeout) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", std::string("Bearer ") + testing::kOperator);
    if (timeout) {
      context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMicroseconds(*timeout));
    }
    sv1::CreateOrganizationRequest request;
    request.set_request_id("r1");
    sv1::CreateOrganizationResponse response;
    EXPECT_TRUE(process.stub->CreateOrganization(&context, request, &response).ok());
    return absl::ToDoubleSeconds(process.ledger.deadlines().back() - absl::Now());
  };
  EXPECT_NEAR(left(std::nullopt), 10, 1);
  EXPECT_NEAR(left(absl::Hours(1)), 60, 1);
  const double asked = left(absl::Seconds(30));
  EXPECT_NEAR(asked, 30, 1);
  EXPECT_LT(asked, 30) << "the answer has to be back in time";
}

TEST(Router, AFullPoolRefuses) {
  RouterOptions options;
  options.pool_threads = 1;
  options.pool_queue_max = 1;
  Process process(options);
  std::promise<void> go;
  auto gone = go.get_future().share();
  std::atomic<int> running = 0;
  std::promise<void> first_runs;
  process.api->work = [&](Call& call) {
    if (running++ == 0) first_runs.set_value();
    gone.wait();
    call.Finish(Ok());
  };
  const auto list = [&] {
    grpc::ClientContext context;
    Process::Prepare(context);
    sv1::ListBrandsResponse response;
    return FromGrpc(process.stub->ListBrands(&context, {}, &response));
  };
  auto first = std::async(std::launch::async, list);
  first_runs.get_future().wait();
  // One runs and one may wait: of two more calls, one at least is refused at once.
  auto second = std::async(std::launch::async, list);
  auto third = std::async(std::launch::async, list);
  while (second.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready &&
         third.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
  }
  go.set_value();
  EXPECT_TRUE(first.get().ok());
  const Status a = second.get();
  const Status b = third.get();
  EXPECT_NE(a.ok(), b.ok());
  const Status refused = a.ok() ? b : a;
  EXPECT_EQ(refused.code(), Code::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), "QUERY_POOL_FULL");
}

TEST(Router, ACallIsFinishedOnce) {
  Process process;
  process.api->work = [](Call& call) {
    call.Finish(Refuse(Code::kNotFound, "FIRST", "the first answer counts"));
    call.Finish(Ok());
  };
  grpc::ClientContext context;
  Process::Prepare(context);
  sv1::ListBrandsResponse response;
  EXPECT_EQ(ReasonOf(FromGrpc(process.stub->ListBrands(&context, {}, &response))), "FIRST");
}

TEST(Router, ACancelledCallEndsWhenTheLedgerAnswers) {
  Process process;
  std::promise<ledger::AnswerCallback> taken;
  process.ledger.Do(
      [&](const ledger::Input&, ledger::AnswerCallback done) { taken.set_value(std::move(done)); });
  grpc::ClientContext context;
  Process::Prepare(context);
  auto call = std::async(std::launch::async, [&] {
    sv1::CreateOrganizationRequest request;
    request.set_request_id("r1");
    sv1::CreateOrganizationResponse response;
    return process.stub->CreateOrganization(&context, request, &response);
  });
  auto done = taken.get_future().get();
  context.TryCancel();
  EXPECT_EQ(call.get().error_code(), grpc::StatusCode::CANCELLED);
  done(ScriptedLedger::Named("late"));
  EXPECT_EQ(process.ledger.inputs().size(), 1u);
}

TEST(Metadata, PositionsAreReadOrRefused) {
  Process process;
  Result<std::vector<ledger::Position>> seen = MakeStatus(Code::kUnknown, "");
  class AtLeastApi : public sv1::StrategyService::CallbackService {
   public:
    explicit AtLeastApi(Result<std::vector<ledger::Position>>& seen) : seen_(seen) {}
    grpc::ServerUnaryReactor* ListBrands(grpc::CallbackServerContext* context,
                                         const sv1::ListBrandsRequest*,
                                         sv1::ListBrandsResponse*) override {
      seen_ = AtLeast(*context);
      auto* reactor = context->DefaultReactor();
      reactor->Finish(grpc::Status::OK);
      return reactor;
    }
    Result<std::vector<ledger::Position>>& seen_;
  } api(seen);
  grpc::ServerBuilder builder;
  builder.RegisterService(&api);
  const auto server = builder.BuildAndStart();
  const auto stub = sv1::StrategyService::NewStub(server->InProcessChannel({}));
  const auto ask = [&](const std::vector<std::string>& values) {
    grpc::ClientContext context;
    for (const auto& value : values) context.AddMetadata(kAtLeastKey, value);
    sv1::ListBrandsResponse response;
    EXPECT_TRUE(stub->ListBrands(&context, {}, &response).ok());
  };
  ask({"3:42", "5:0"});
  ASSERT_TRUE(seen.ok());
  ASSERT_EQ(seen->size(), 2u);
  EXPECT_EQ(PositionText((*seen)[0]) + " " + PositionText((*seen)[1]), "3:42 5:0");
  for (const char* bad : {"3", "3:", ":4", "a:1", "3:-1", "3:4x"}) {
    ask({bad});
    EXPECT_EQ(ReasonOf(seen.status()), "BAD_METADATA") << bad;
  }
}

}  // namespace
}  // namespace carillon::rpc
