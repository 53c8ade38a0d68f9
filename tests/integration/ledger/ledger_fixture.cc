#include "tests/integration/ledger/ledger_fixture.h"

#include <future>

#include "common/kafka/log_reader.h"

namespace carillon::test {

constexpr char kOrg[] = "org_test";

std::string RequestKey(const std::string& request_id) { return HashText({kOrg, request_id}); }

void LedgerTest::SetUp() {
  if (TestKafka().empty()) GTEST_SKIP() << "no broker: run the tests with tests/run";
  release_ = "t" + RandomText().substr(0, 12);
}

ledger::Options LedgerTest::MakeOptions() {
  ledger::Options options;
  options.release = release_;
  options.service = "counter";
  options.kafka = TestKafka();
  options.redis = {redis_.endpoint()};
  options.advertise = "127.0.0.1:1";
  options.shards = shards_;
  options.first_start = true;
  options.session_timeout = absl::Seconds(6);
  return options;
}

bool LedgerTest::WaitServing(ledger::Ledger& ledger) {
  return WaitFor([&] { return ledger.Serving().ok(); }, absl::Seconds(60));
}

std::unique_ptr<ledger::Ledger> LedgerTest::StartNode(const ledger::Options& options) {
  auto ledger = ledger::MakeLedger(options, domain_, nullptr, clock_);
  const Status started = ledger->Start(absl::Seconds(30));
  EXPECT_TRUE(started.ok()) << ToString(started);
  EXPECT_TRUE(WaitServing(*ledger)) << ToString(ledger->Serving());
  return ledger;
}

std::unique_ptr<ledger::Reader> LedgerTest::MakeReader() {
  return ledger::MakeReader(MakeOptions(), domain_);
}

v1::Add LedgerTest::AddBy(int64_t by) {
  v1::Add add;
  add.set_by(by);
  return add;
}

int64_t LedgerTest::ValueOf(const ledger::Answer& answer) {
  EXPECT_TRUE(answer.status.ok()) << ToString(answer.status);
  if (!answer.record) return -1;
  return static_cast<const v1::CounterRecord&>(*answer.record).counter().value();
}

std::string LedgerTest::IdIn(int shard, int salt) const {
  for (int n = salt * 1000;; ++n) {
    if (PartitionOf(Id(n), shards_) == shard) return Id(n);
  }
}

ledger::Answer LedgerTest::Call(ledger::Ledger& ledger, const std::string& request_id,
                                const std::string& id, const v1::Add& add, bool creates,
                                absl::Duration timeout) {
  ledger::Input input;
  input.aggregate_id = id;
  input.body = std::make_shared<v1::Add>(add);
  input.creates = creates;
  input.envelope.set_org_id(kOrg);
  input.envelope.set_request_id(request_id);
  auto promise = std::make_shared<std::promise<ledger::Answer>>();
  auto future = promise->get_future();
  ledger.Submit(std::move(input), absl::Now() + timeout,
                [promise](ledger::Answer answer) { promise->set_value(std::move(answer)); });
  return future.get();
}

Folded LedgerTest::FoldLog() {
  Folded folded;
  auto reader = kafka::LogReader::Make(TestKafka());
  EXPECT_TRUE(reader.ok());
  for (int partition = 0; partition < shards_; ++partition) {
    const std::string topic = release_ + ".counter.ledger.v1";
    auto bounds = (*reader)->BoundsOf(topic, partition, absl::Seconds(10));
    auto cursor = (*reader)->Open(topic, partition, kafka::LogReader::kBeginning);
    EXPECT_TRUE(bounds.ok() && cursor.ok());
    const absl::Time give_up = absl::Now() + absl::Seconds(30);
    bool end = false;
    while (!end && absl::Now() < give_up) {
      auto record = (*cursor)->Next(absl::Milliseconds(500));
      EXPECT_TRUE(record.ok()) << ToString(record.status());
      if (!record.ok() || !*record) {
        end = (*cursor)->at_end();
        continue;
      }
      v1::CounterRecord state;
      EXPECT_TRUE(state.ParseFromString(*(*record)->value));
      if (state.header().has_marker()) {
        if ((*record)->key == "@marker") ++folded.markers[partition];
        ++folded.marks[(*record)->key];
        continue;
      }
      ++folded.records;
      if (!state.header().request().key().empty()) ++folded.by_request[state.header().request().key()];
      v1::CounterRecord& latest = folded.latest[(*record)->key];
      if (state.header().version() != latest.header().version() + 1) {
        folded.versions_rise_by_one = false;
      }
      latest = state;
    }
    EXPECT_TRUE(end) << "partition " << partition << " was not read to its end";
  }
  return folded;
}

}  // namespace carillon::test
