// What an operator sees of a message that could not be decided, and what putting it back does: over gRPC, on a real broker.
#include <gtest/gtest.h>

#include "carillon/ops/v1/operations_api.grpc.pb.h"
#include "common/deadletter/api.h"
#include "common/kafka/producer.h"
#include "tests/integration/ledger/ledger_fixture.h"

namespace carillon::test {
namespace {

constexpr char kOperator[] = "operator-token-0123456789";
constexpr char kService[] = "service-token-0123456789";

class DeadLetterTest : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    if (IsSkipped()) return;
    node_ = StartNode(MakeOptions());
    reader_ = MakeReader();
    router_ = rpc::MakeRouter(*node_, *reader_, *authorizer_, clock_, {.service_token = kService});
    operations_ = deadletter::MakeOperationsService(MakeOptions(), domain_, *router_, clock_);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(operations_.get());
    server_ = builder.BuildAndStart();
    stub_ = ops::v1::OperationsService::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                                                    grpc::InsecureChannelCredentials()));
  }
  void TearDown() override {
    if (server_) server_->Shutdown();
  }

  // As anybody might who can reach Kafka.
  void Send(int shard, const std::string& key, const std::string& value) {
    kafka::ProducerOptions options{TestKafka(), release_ + "-stranger"};
    options.record_bytes_max = 2 << 20;
    auto producer = kafka::TransactionalProducer::Make(options);
    ASSERT_TRUE(producer.ok()) << ToString(producer.status());
    const auto sent = (*producer)->Commit({{release_ + ".counter.inbox.v1", shard, key, value}}, {});
    ASSERT_EQ(sent.verdict, kafka::Verdict::kOk) << ToString(sent.status);
  }
  std::string Poison(const std::string& to, const std::string& id) {
    v1::CounterMessage poison;
    poison.mutable_header()->set_to(to);
    poison.mutable_header()->set_message_id(id);
    poison.set_by(5);
    poison.set_poison(true);
    return poison.SerializeAsString();
  }

  static void Prepare(grpc::ClientContext& context, const std::string& token = kOperator) {
    context.AddMetadata("authorization", "Bearer " + token);
    context.AddMetadata("x-carillon-user", "ann");
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  }
  // All letters, in pages of `page_size`.
  std::vector<ops::v1::DeadLetter> List(int page_size = 50) {
    std::vector<ops::v1::DeadLetter> letters;
    ops::v1::ListDeadLettersRequest request;
    do {
      grpc::ClientContext context;
      Prepare(context);
      request.set_page_size(page_size);
      ops::v1::ListDeadLettersResponse response;
      const auto status = stub_->ListDeadLetters(&context, request, &response);
      EXPECT_TRUE(status.ok()) << status.error_message();
      letters.insert(letters.end(), response.letters().begin(), response.letters().end());
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return letters;
  }
  std::vector<ops::v1::DeadLetter> Await(size_t count) {
    std::vector<ops::v1::DeadLetter> letters;
    EXPECT_TRUE(WaitFor([&] { return (letters = List()).size() >= count; })) << letters.size();
    return letters;
  }
  Result<ops::v1::ReplayDeadLettersResponse> PutBack(int64_t offset) {
    grpc::ClientContext context;
    Prepare(context);
    ops::v1::ReplayDeadLettersRequest request;
    request.add_offsets(offset);
    ops::v1::ReplayDeadLettersResponse response;
    RETURN_IF_ERROR(rpc::FromGrpc(stub_->ReplayDeadLetters(&context, request, &response)));
    return response;
  }
  int64_t Value(const std::string& id) {
    auto read = reader_->Get(id);
    if (!read.ok() || *read == nullptr) return -1;
    return static_cast<const v1::CounterRecord&>(**read).counter().value();
  }

  std::unique_ptr<ledger::Ledger> node_;
  std::unique_ptr<ledger::Reader> reader_;
  std::unique_ptr<auth::Authorizer> authorizer_ = auth::MakeTokenAuthorizer({kOperator, kService});
  std::unique_ptr<rpc::Router> router_;
  std::unique_ptr<grpc::Service> operations_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<ops::v1::OperationsService::Stub> stub_;
};

TEST_F(DeadLetterTest, PoisonIsListedAndDecidedAfterTheCauseIsGone) {
  EXPECT_TRUE(List().empty());
  const std::string to = IdIn(1);
  Send(1, "key", Poison(to, "m1"));
  const auto letters = Await(1);
  ASSERT_EQ(letters.size(), 1u);
  const auto& letter = letters[0];
  EXPECT_EQ(letter.service(), "counter");
  EXPECT_EQ(letter.origin_topic(), release_ + ".counter.inbox.v1");
  EXPECT_EQ(letter.origin_partition(), 1);
  EXPECT_EQ(letter.key(), "key");
  EXPECT_EQ(letter.to(), to);
  EXPECT_EQ(letter.message_id(), "m1");
  EXPECT_EQ(letter.code(), "INVALID_ARGUMENT");
  EXPECT_EQ(letter.reason(), "cannot be decided");
  EXPECT_EQ(letter.replay_state(), ops::v1::REPLAY_STATE_NEVER);

  // The cause is still there: a new letter, and the old one says that it was put back.
  const auto first = PutBack(letter.offset());
  ASSERT_TRUE(first.ok()) << ToString(first.status());
  ASSERT_EQ(first->replayed_size(), 1);
  EXPECT_EQ(first->replayed(0).before(), ops::v1::REPLAY_STATE_NEVER);
  const auto again = Await(2);
  ASSERT_EQ(again.size(), 2u);
  EXPECT_EQ(again[0].origin_offset(), first->replayed(0).inbox_offset());
  EXPECT_EQ(again[0].replay_state(), ops::v1::REPLAY_STATE_NEVER);
  EXPECT_EQ(again[1].offset(), letter.offset());
  EXPECT_EQ(again[1].replay_state(), ops::v1::REPLAY_STATE_REPLAYED);
  EXPECT_EQ(again[1].replayed_by().on_behalf_of(), "ann");

  // It is gone: decided, and once, however often it is put back.
  domain_.cured = true;
  for (int i = 0; i < 2; ++i) {
    const auto replayed = PutBack(letter.offset());
    ASSERT_TRUE(replayed.ok()) << ToString(replayed.status());
    EXPECT_EQ(replayed->replayed(0).before(), ops::v1::REPLAY_STATE_REPLAYED);
  }
  v1::CounterMessage behind;
  behind.mutable_header()->set_to(to);
  behind.mutable_header()->set_message_id("m2");
  behind.set_by(100);
  Send(1, "key", behind.SerializeAsString());
  EXPECT_TRUE(WaitFor([&] { return Value(to) > 100; }));
  EXPECT_EQ(Value(to), 105);
  EXPECT_EQ(List(1).size(), 2u);
}

TEST_F(DeadLetterTest, UndecodableBytesMakeANewLetterEachTime) {
  Send(0, "k\xff", "\xff\xff\xff");
  const auto letters = Await(1);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].message_type(), "");
  EXPECT_EQ(letters[0].value_bytes(), 3);
  EXPECT_NE(letters[0].reason(), "");
  ASSERT_TRUE(PutBack(letters[0].offset()).ok());
  const auto both = Await(2);
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0].origin_partition(), 0);
  EXPECT_GT(both[0].origin_offset(), both[1].origin_offset());
  EXPECT_EQ(both[0].key(), both[1].key());
}

TEST_F(DeadLetterTest, AMessageTooLargeForALetterStopsNothingAndCanBePutBack) {
  // As large as a broker takes: in a letter it would be larger than that.
  v1::CounterMessage large;
  large.mutable_header()->set_to(IdIn(0));
  large.mutable_header()->set_message_id(std::string(1'040'000, 'm'));
  large.set_poison(true);
  Send(0, "k", large.SerializeAsString());
  const auto letters = Await(1);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_GT(letters[0].value_bytes(), 1'040'000);
  EXPECT_TRUE(letters[0].replayable());
  const auto replayed = PutBack(letters[0].offset());
  ASSERT_TRUE(replayed.ok()) << ToString(replayed.status());
  ASSERT_EQ(replayed->replayed_size(), 1) << replayed->not_replayed(0).message();
  EXPECT_EQ(Await(2)[0].value_bytes(), letters[0].value_bytes());
  EXPECT_EQ(ValueOf(Call(*node_, "r1", IdIn(0), AddBy(1), true)), 1);
}

TEST_F(DeadLetterTest, RefusalsSayWhat) {
  const auto none = PutBack(7);
  ASSERT_TRUE(none.ok()) << ToString(none.status());
  ASSERT_EQ(none->not_replayed_size(), 1);
  EXPECT_EQ(none->not_replayed(0).reason(), "NO_SUCH_LETTER");
  ops::v1::ListDeadLettersRequest request;
  request.set_page_token("nonsense");
  ops::v1::ListDeadLettersResponse response;
  grpc::ClientContext context, stranger;
  Prepare(context);
  EXPECT_EQ(ReasonOf(rpc::FromGrpc(stub_->ListDeadLetters(&context, request, &response))), "BAD_PAGE_TOKEN");
  Prepare(stranger, "not-a-token-of-this-installation");
  EXPECT_EQ(ReasonOf(rpc::FromGrpc(stub_->ListDeadLetters(&stranger, request, &response))), "BAD_TOKEN");
}

}  // namespace
}  // namespace carillon::test
