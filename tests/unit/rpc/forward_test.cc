#include <gtest/gtest.h>

#include "carillon/rpc/v1/forward_api.grpc.pb.h"
#include "tests/unit/rpc/process.h"

namespace carillon::rpc {
namespace {

using testing::NotOwner;
using testing::Process;
using testing::ScriptedLedger;

// An address where nobody listens: the port of a server that is gone.
std::string DeadAddress() {
  Process gone;
  return gone.address;
}

// A process that owns nothing and takes `owner` for the owner.
class Forward : public ::testing::Test {
 protected:
  Forward() {
    here_.ledger.Do(ScriptedLedger::Always(NotOwner()));
    here_.reader.SetOwners({owner_.address});
    owner_.ledger.Do(ScriptedLedger::Always(ScriptedLedger::Named("owner")));
  }
  Process owner_;
  Process here_;
};

TEST_F(Forward, ACommandReachesTheOwnerAsItWas) {
  const auto name = here_.Create("r7");
  ASSERT_TRUE(name.ok()) << ToString(name.status());
  EXPECT_EQ(*name, "owner");
  ASSERT_EQ(owner_.ledger.inputs().size(), 1u);
  const auto there = owner_.ledger.inputs()[0];
  const auto mine = here_.ledger.inputs()[0];
  EXPECT_EQ(there.aggregate_id, mine.aggregate_id);
  EXPECT_EQ(there.creates, mine.creates);
  EXPECT_EQ(there.request_digest, mine.request_digest);
  EXPECT_EQ(there.envelope.SerializeAsString(), mine.envelope.SerializeAsString());
  EXPECT_EQ(there.envelope.actor().id(), "operator") << "the caller stays the actor";
  ASSERT_NE(there.body, nullptr);
  EXPECT_EQ(there.body->SerializeAsString(), mine.body->SerializeAsString());
}

TEST_F(Forward, AReadReachesTheOwner) {
  EXPECT_EQ(here_.Get().value_or("?"), "owner");
  owner_.ledger.Do(ScriptedLedger::Always({.status = Ok()}));
  EXPECT_EQ(ReasonOf(here_.Get().status()), "UNKNOWN_ORGANIZATION");
}

TEST_F(Forward, TheOwnersRefusalIsTheAnswer) {
  owner_.ledger.Do(ScriptedLedger::Always(
      {.status = Refuse(Code::kAlreadyExists, "NAME_TAKEN", "taken", {{"name", "x"}})}));
  const auto answer = here_.Create();
  EXPECT_EQ(answer.status().code(), Code::kAlreadyExists);
  EXPECT_EQ(ReasonOf(answer.status()), "NAME_TAKEN");
  EXPECT_EQ(owner_.ledger.inputs().size(), 1u);
}

TEST_F(Forward, NotOwnerAsksAgainWithAFreshHint) {
  Process old;
  old.ledger.Do(ScriptedLedger::Always(NotOwner()));
  here_.reader.SetOwners({old.address, "", old.address, owner_.address});
  EXPECT_EQ(here_.Create().value_or("?"), "owner");
  EXPECT_EQ(old.ledger.inputs().size(), 2u);
  EXPECT_EQ(owner_.ledger.inputs().size(), 1u);
}

TEST_F(Forward, AShardThatComesHereMeanwhileIsServedHere) {
  Process old;
  old.ledger.Do([&](const ledger::Input&, ledger::AnswerCallback done) {
    here_.ledger.Do(ScriptedLedger::Always(ScriptedLedger::Named("here after all")));
    done(NotOwner());
  });
  here_.reader.SetOwners({old.address});
  EXPECT_EQ(here_.Create().value_or("?"), "here after all");
}

TEST_F(Forward, TwoThatPointAtEachOtherAnswerNotOwnerAtTheDeadline) {
  owner_.ledger.Do(ScriptedLedger::Always(NotOwner()));
  owner_.reader.SetOwners({here_.address});
  const auto answer = here_.Create("r1", absl::Seconds(5));
  EXPECT_EQ(answer.status().code(), Code::kUnavailable);
  EXPECT_EQ(ReasonOf(answer.status()), "NOT_OWNER") << "a refusal: nothing was logged";
  // What was forwarded came to the other's Ledger and nowhere else: one of mine for each of his, and one to begin with.
  EXPECT_GE(owner_.ledger.inputs().size(), 2u);
  EXPECT_LE(here_.ledger.inputs().size(), owner_.ledger.inputs().size() + 1);
}

TEST_F(Forward, AfterATransportErrorTheOutcomeIsUnknown) {
  here_.reader.SetOwners({DeadAddress(), owner_.address});
  const auto answer = here_.Create();
  EXPECT_EQ(answer.status().code(), Code::kUnavailable);
  EXPECT_FALSE(GetErrorInfo(answer.status()).has_value()) << ToString(answer.status());
  EXPECT_TRUE(owner_.ledger.inputs().empty()) << "a second owner is never tried";
}

TEST_F(Forward, AnOwnerThatDiesWithTheCommandLeavesItUnknown) {
  std::promise<ledger::AnswerCallback> taken;
  owner_.ledger.Do(
      [&](const ledger::Input&, ledger::AnswerCallback done) { taken.set_value(std::move(done)); });
  auto call = std::async(std::launch::async, [&] { return here_.Create(); });
  auto done = taken.get_future().get();
  // Shutdown cancels the call's stream at once and waits for the handler, which answers nobody.
  auto shutdown = std::async(std::launch::async, [&] { owner_.Shutdown(); });
  const auto answer = call.get();
  done(ScriptedLedger::Named("late"));
  shutdown.get();
  EXPECT_FALSE(answer.ok());
  EXPECT_FALSE(GetErrorInfo(answer.status()).has_value()) << ToString(answer.status());
  EXPECT_EQ(owner_.ledger.inputs().size(), 1u);
}

TEST_F(Forward, AnUncertainAnswerStaysUncertain) {
  owner_.ledger.Do(ScriptedLedger::Always(
      {.status = MakeStatus(Code::kUnavailable, "the commit is uncertain")}));
  const auto answer = here_.Create();
  EXPECT_EQ(answer.status().code(), Code::kUnavailable);
  EXPECT_FALSE(GetErrorInfo(answer.status()).has_value());
  EXPECT_EQ(owner_.ledger.inputs().size(), 1u);
}

TEST_F(Forward, AReadHasNoEffectAndIsTriedAgain) {
  here_.reader.SetOwners({DeadAddress(), owner_.address});
  EXPECT_EQ(here_.Get().value_or("?"), "owner");
}

TEST_F(Forward, BlockingSubmitAndGetAreForwardedToo) {
  ledger::Input input;
  input.aggregate_id = "org_1";
  input.body = std::make_shared<strategy::v1::CreateOrganizationRequest>();
  const auto answer = here_.router().SubmitAndWait(input, absl::Now() + absl::Seconds(20));
  ASSERT_TRUE(answer.status.ok()) << ToString(answer.status);
  ASSERT_NE(answer.record, nullptr);
  EXPECT_EQ(answer.position.shard, 3);
  EXPECT_EQ(answer.position.offset, 42);
  EXPECT_NE(here_.router().GetAndWait("org_1", absl::Now() + absl::Seconds(20)).record, nullptr);
}

TEST_F(Forward, IsForServicesOnly) {
  const auto stub = v1::ForwardService::NewStub(
      grpc::CreateChannel(owner_.address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  Process::Prepare(context);  // the operator's token
  v1::SubmitResponse response;
  const Status status = FromGrpc(stub->Submit(&context, {}, &response));
  EXPECT_EQ(status.code(), Code::kPermissionDenied);
  EXPECT_EQ(ReasonOf(status), "NOT_ALLOWED");
  EXPECT_TRUE(owner_.ledger.inputs().empty());
}

TEST(Any, MessagesOfUnknownTypesAreNoCrash) {
  google::protobuf::Any any;
  EXPECT_EQ(*UnpackAny(any), nullptr);
  any.set_type_url("type.googleapis.com/carillon.strategy.v1.NoSuchThing");
  EXPECT_EQ(UnpackAny(any).status().code(), Code::kInternal);
  any.set_type_url("type.googleapis.com/carillon.strategy.v1.Brand");
  any.set_value("\xff");
  EXPECT_EQ(UnpackAny(any).status().code(), Code::kInternal);
}

}  // namespace
}  // namespace carillon::rpc
