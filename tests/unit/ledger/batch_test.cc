// One batch through Decide: request ids first, an overlay, all or nothing for each input. Pure.
#include "common/ledger/batch.h"

#include <gtest/gtest.h>

#include "common/ledger/record.h"
#include "tests/integration/ledger/counter_domain.h"

namespace carillon::ledger {
namespace {

using test::CounterDomain;
using test::v1::Add;
using test::v1::CounterRecord;

// States and remembered requests of an earlier log.
class Before : public StateSource {
 public:
  Result<ProtoPtr> Find(std::string_view id) override {
    ++finds;
    if (!readable) return MakeStatus(Code::kUnavailable, "Redis is away");
    const auto it = states.find(std::string(id));
    return it == states.end() ? ProtoPtr() : it->second;
  }
  Result<std::optional<v1::Request>> FindRequest(const std::string& key) override {
    const auto it = requests.find(key);
    if (it == requests.end()) return std::nullopt;
    return std::optional<v1::Request>(it->second);
  }
  std::map<std::string, ProtoPtr> states;
  std::map<std::string, v1::Request> requests;
  bool readable = true;
  int finds = 0;
};

Input Command(const std::string& request_id, const std::string& id, int64_t by, bool creates = false) {
  Input input;
  input.aggregate_id = id;
  auto add = std::make_shared<Add>();
  add->set_by(by);
  input.body = add;
  input.creates = creates;
  input.envelope.set_org_id("org");
  input.envelope.set_request_id(request_id);
  return input;
}

int64_t Value(const ProtoPtr& record) {
  return static_cast<const CounterRecord&>(*record).counter().value();
}

// Writes what it is told into the log.
class LooseDomain : public CounterDomain {
 public:
  std::vector<IndexEntry> Indexes(const Proto&) const override { return entries; }
  Result<Decision> Decide(const Input& input, StateView&, const DecideContext&) const override {
    auto record = std::make_shared<CounterRecord>();
    record->mutable_counter()->set_ballast(text);
    Decision decision;
    decision.changes.push_back({change_id, "counter.added", record});
    if (tells) {
      auto message = std::make_shared<test::v1::CounterMessage>();
      decision.messages.push_back({input.envelope.request_id(), to, "", from, message});
    }
    return decision;
  }
  std::string change_id = "ctr_1", text = "plain", to = "ctr_2", from;
  std::vector<IndexEntry> entries = {{"all", "all|ctr_1"}};
  bool tells = false;
};

class GateTest : public ::testing::Test {
 protected:
  std::string Reason(const DecideContext& context = {absl::FromUnixSeconds(1)}) {
    Batch batch(domain_, before_, context);
    const std::string reason = ReasonOf(batch.Add(Command("a", "ctr_1", 1)).status);
    EXPECT_EQ(batch.empty(), !reason.empty());
    return reason;
  }
  LooseDomain domain_;
  Before before_;
};

class BatchTest : public ::testing::Test {
 protected:
  CounterDomain domain_;
  Before before_;
  Batch batch_{domain_, before_, {absl::FromUnixSeconds(1), 0}, 7};
};

TEST_F(BatchTest, LaterInputsSeeEarlierOnesAndVersionsRiseByOne) {
  EXPECT_EQ(Value(batch_.Add(Command("a", "ctr_1", 1, true)).record), 1);
  EXPECT_EQ(Value(batch_.Add(Command("b", "ctr_1", 10)).record), 11);
  ASSERT_EQ(batch_.records().size(), 2u);
  EXPECT_EQ(HeaderOf(*batch_.records()[0].record).version(), 1u);
  EXPECT_EQ(HeaderOf(*batch_.records()[1].record).version(), 2u);
  EXPECT_EQ(HeaderOf(*batch_.records()[1].record).inbox_next(), 7);
}

TEST_F(BatchTest, TheSameRequestTwiceInOneBatchIsOneChange) {
  batch_.Add(Command("a", "ctr_1", 1, true));
  const auto again = batch_.Add(Command("a", "ctr_1", 1, true));
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(batch_.records().size(), 1u);
  EXPECT_EQ(ReasonOf(batch_.Add(Command("a", "ctr_1", 2, true)).status), "REQUEST_ID_REUSED");
}

TEST_F(BatchTest, ARememberedRequestIsAnsweredBeforeTheDomainIsAsked) {
  // "Already done" must not be refused because the present state would not allow it again.
  v1::Request request;
  request.set_key(HashText({"org", "a"}));
  request.set_digest(DigestOf(*Command("a", "ctr_1", 1).body));
  before_.requests[request.key()] = request;
  auto record = std::make_shared<CounterRecord>();
  record->mutable_counter()->set_value(5);
  before_.states["ctr_1"] = record;
  const auto outcome = batch_.Add(Command("a", "ctr_1", 1));
  EXPECT_TRUE(outcome.repeated);
  EXPECT_EQ(Value(outcome.record), 5);
  EXPECT_EQ(domain_.decided, 0);
}

TEST_F(BatchTest, ACreateIsRememberedInTheAggregateForLife) {
  Input create = Command("a", "ctr_1", 1, true);
  batch_.Add(create);
  before_.states["ctr_1"] = batch_.records()[0].record;  // the request memory itself is long gone
  Batch later(domain_, before_, {absl::FromUnixSeconds(9), 0});
  later.Add(Command("b", "ctr_1", 1));
  EXPECT_EQ(HeaderOf(*later.records()[0].record).created_by().key(), HashText({"org", "a"}));
  EXPECT_TRUE(later.Add(create).repeated);
}

TEST_F(BatchTest, ARefusedInputLeavesNothing) {
  Input refused = Command("a", "ctr_1", 1, true);
  auto add = std::make_shared<Add>();
  add->set_refuse(true);
  refused.body = add;
  EXPECT_EQ(ReasonOf(batch_.Add(refused).status), "REFUSED");
  EXPECT_TRUE(batch_.empty());
}

TEST_F(BatchTest, ATooLargeAggregateLeavesNothingOfItsInput) {
  Input large = Command("a", "ctr_1", 1, true);
  auto add = std::make_shared<Add>();
  add->set_ballast_bytes(kAggregateBytesMax);
  add->set_tell("ctr_2");
  large.body = add;
  EXPECT_EQ(ReasonOf(batch_.Add(large).status), "AGGREGATE_TOO_LARGE");
  EXPECT_TRUE(batch_.empty()) << "its message would have gone out without its state";
}

TEST_F(BatchTest, AStateThatCannotBeReadIsNotARefusal) {
  before_.readable = false;
  const auto outcome = batch_.Add(Command("a", "ctr_1", 1, true));
  EXPECT_EQ(outcome.status.code(), Code::kUnavailable);
  EXPECT_FALSE(GetErrorInfo(outcome.status).has_value());
}

// What the log takes must be readable for the next owner, or the shard stands still for ever.
TEST_F(GateTest, ATextThatIsCutInsideACodePointIsNotLogged) {
  EXPECT_EQ(Reason(), "");
  domain_.text = "caf\xC3";
  EXPECT_EQ(Reason(), "BAD_UTF8");
  domain_.text = "plain";
  domain_.tells = true;
  EXPECT_EQ(Reason(), "");
  domain_.from = "caf\xC3";
  EXPECT_EQ(Reason(), "BAD_UTF8");
}

TEST_F(GateTest, ARecordOfAnotherShardIsNotLogged) {
  const int shard = PartitionOf("ctr_1", 8);
  EXPECT_EQ(Reason({absl::FromUnixSeconds(1), shard, 8}), "");
  EXPECT_EQ(Reason({absl::FromUnixSeconds(1), (shard + 1) % 8, 8}), "WRONG_SHARD");
}

TEST_F(GateTest, AnIndexEntryIsALineThatEndsWithItsId) {
  for (const std::string& member :
       {std::string("a\nb|ctr_1"), std::string("a\tb|ctr_1"), std::string("a|ctr_2"), std::string("ctr_1x"),
        std::string(kMemberBytesMax, 'x') + "|ctr_1"}) {
    domain_.entries = {{"all", member}};
    EXPECT_EQ(Reason(), "BAD_INDEX_ENTRY") << member;
  }
}

TEST_F(GateTest, AMessageHasAnAddress) {
  domain_.tells = true;
  domain_.to = "";
  EXPECT_EQ(Reason(), "NO_ADDRESS");
}

TEST_F(BatchTest, ACommandWithoutABodyIsRefused) {
  Input input = Command("a", "ctr_1", 1);
  input.body = nullptr;
  EXPECT_EQ(ReasonOf(batch_.Add(input).status), "NO_BODY");
  input.kind = Input::Kind::kMessage;
  EXPECT_EQ(ReasonOf(batch_.Add(input).status), "NO_BODY");
}

TEST(TimeKeyTest, HasSeventeenDigitsWhateverTheTime) {
  for (const absl::Time time : {absl::InfiniteFuture(), absl::InfinitePast(), absl::FromUnixSeconds(1'800'000'000)}) {
    EXPECT_EQ(TimeKey(time).size(), 17u) << TimeKey(time);
  }
}

TEST_F(BatchTest, MessagesCarryTheirOrigin) {
  Input input = Command("a", "ctr_1", 1, true);
  auto add = std::make_shared<Add>();
  add->set_by(3);
  add->set_tell("ctr_2");
  input.body = add;
  batch_.Add(input);
  ASSERT_EQ(batch_.messages().size(), 1u);
  const auto* header = MessageHeaderOf(*batch_.messages()[0].body);
  ASSERT_NE(header, nullptr);
  EXPECT_EQ(header->message_id(), "a-told");
  EXPECT_EQ(header->to(), "ctr_2");
  EXPECT_EQ(header->from_aggregate(), "ctr_1");
  EXPECT_EQ(header->envelope().causation_id(), "a");
}

}  // namespace
}  // namespace carillon::ledger
