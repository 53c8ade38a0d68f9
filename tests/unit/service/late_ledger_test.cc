#include "common/service/late_ledger.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace carillon::service {
namespace {

struct Script {
  std::atomic<int> fail_first = 0;  // that many starts fail
  std::atomic<int> starts = 0;
  std::atomic<int> stops = 0;
};

class Scripted : public ledger::Ledger {
 public:
  explicit Scripted(Script& script) : script_(script) {}
  Status Start(absl::Duration) override {
    const int number = ++script_.starts;
    return number > script_.fail_first ? Ok() : MakeStatus(Code::kUnavailable, "Kafka is away");
  }
  void Stop() override { ++script_.stops; }
  void Submit(ledger::Input, absl::Time, ledger::AnswerCallback done) override {
    done({.status = Ok()});
  }
  void Get(std::string, absl::Time, ledger::AnswerCallback done) override {
    done({.status = Ok()});
  }
  bool Owns(int shard) const override { return shard == 1; }
  int shards() const override { return 4; }
  Status Serving() const override { return Ok(); }
  Status Flowing() const override { return Ok(); }

 private:
  Script& script_;
};

class LateLedgerTest : public ::testing::Test {
 protected:
  Status Ask() {
    Status status = MakeStatus(Code::kUnknown, "not answered");
    ledger_.Submit({}, absl::InfiniteFuture(),
                   [&](ledger::Answer answer) { status = answer.status; });
    return status;
  }
  Script script_;
  LateLedger ledger_{4, [this] { return std::make_unique<Scripted>(script_); }};
};

TEST_F(LateLedgerTest, RefusesUntilItHasStarted) {
  EXPECT_EQ(ledger_.shards(), 4);
  EXPECT_EQ(Ask().code(), Code::kUnavailable);
  EXPECT_EQ(ReasonOf(Ask()), "STARTING") << "a refusal: nothing was logged";
  EXPECT_FALSE(ledger_.Serving().ok());
  EXPECT_FALSE(ledger_.Flowing().ok());
  EXPECT_FALSE(ledger_.Owns(1));
  ASSERT_TRUE(ledger_.StartForEver());
  EXPECT_TRUE(Ask().ok());
  EXPECT_TRUE(ledger_.Serving().ok());
  EXPECT_TRUE(ledger_.Owns(1));
  ledger_.Stop();
  EXPECT_EQ(ReasonOf(Ask()), "STOPPING");
  EXPECT_EQ(script_.stops, 1);
}

TEST_F(LateLedgerTest, TriesAgainWithAFreshLedgerAndSaysWhy) {
  script_.fail_first = 1;
  EXPECT_FALSE(ledger_.Start(absl::ZeroDuration()).ok());
  EXPECT_EQ(script_.stops, 1) << "the failed one is stopped";
  const Status status = Ask();
  EXPECT_EQ(ReasonOf(status), "STARTING");
  EXPECT_NE(Message(status).find("Kafka is away"), std::string::npos);
  EXPECT_TRUE(ledger_.StartForEver());
  EXPECT_EQ(script_.starts, 2);
  EXPECT_TRUE(Ask().ok());
}

TEST_F(LateLedgerTest, StopEndsTheTries) {
  script_.fail_first = 1'000'000;
  auto started = std::async(std::launch::async, [&] { return ledger_.StartForEver(); });
  while (script_.starts == 0) std::this_thread::yield();
  ledger_.Stop();
  EXPECT_FALSE(started.get());
  EXPECT_EQ(script_.starts, script_.stops);
}

}  // namespace
}  // namespace carillon::service
