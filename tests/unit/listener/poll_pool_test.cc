#include "services/listener/poll/poll_pool.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "tests/unit/listener/fake_collector.h"
#include "tests/unit/listener/harness.h"

namespace carillon::listener {
namespace {

using testing::FakeAccess;
using testing::FakeCollector;
using testing::Harness;

// A platform whose first call waits until it is let go, so that a test decides when a poll ends.
struct Gate {
  void Wait() {
    std::unique_lock lock(mutex);
    arrived = true;
    changed.notify_all();
    changed.wait(lock, [&] { return open; });
  }
  void AwaitArrival() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return arrived; });
  }
  void Open() {
    std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }
  std::mutex mutex;
  std::condition_variable changed;
  bool arrived = false;
  bool open = false;
};

// Lets a test wait for the answer of what the pool hands in, and lose some.
class WatchedLedger : public ledger::Ledger {
 public:
  explicit WatchedLedger(ledger::testing::FakeLedger& inner) : inner_(inner) {}
  void Submit(ledger::Input input, absl::Time deadline, ledger::AnswerCallback done) override {
    ledger::Answer answer;
    inner_.Submit(std::move(input), deadline, [&](ledger::Answer a) { answer = std::move(a); });
    std::unique_lock lock(mutex_);
    answers.push_back(answer.status);
    if (lose > 0) {
      --lose;
      answer.status = MakeStatus(Code::kUnavailable, "the answer was lost");
    }
    changed_.notify_all();
    lock.unlock();
    done(std::move(answer));
  }
  void AwaitAnswers(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return answers.size() >= count; });
  }
  Status Start(absl::Duration) override { return Ok(); }
  void Stop() override {}
  void Get(std::string id, absl::Time deadline, ledger::AnswerCallback done) override {
    static_cast<ledger::Ledger&>(inner_).Get(std::move(id), deadline, std::move(done));
  }
  bool Owns(int) const override { return true; }
  int shards() const override { return 1; }
  Status Serving() const override { return Ok(); }
  Status Flowing() const override { return Ok(); }

  int lose = 0;
  std::vector<Status> answers;

 private:
  ledger::testing::FakeLedger& inner_;
  std::mutex mutex_;
  std::condition_variable changed_;
};

class PollPoolTest : public ::testing::Test {
 protected:
  void Make(int threads, int queue_max) {
    auto collector = std::make_unique<FakeCollector>();
    platform_ = collector.get();
    platforms_.Add(std::move(collector));
    pool_ = std::make_unique<PollPool>(PollOptions{threads, queue_max}, platforms_, clock(),
                                       runtime_);
    harness_ = std::make_unique<Harness>(DomainOptions(), pool_.get());
    ledger_ = std::make_unique<WatchedLedger>(harness_->ledger);
    pool_->Bind(*ledger_, harness_->ledger, access_);
  }
  void TearDown() override { pool_->Stop(); }
  const Clock& clock() { return pool_clock_; }

  carillon::testing::FakeClock pool_clock_;
  SystemRuntime runtime_;
  FakeCollector* platform_ = nullptr;
  platform::Registry platforms_;
  FakeAccess access_;
  std::unique_ptr<PollPool> pool_;
  std::unique_ptr<Harness> harness_;
  std::unique_ptr<WatchedLedger> ledger_;
};

TEST_F(PollPoolTest, APollIsCollectedAndHandedIn) {
  Make(2, 10);
  platform_->signals.push_back(testing::MakeSignal(platform::SignalKind::kFollow, "1"));
  pool_->Start();
  harness_->Connect();
  harness_->ledger.RunDue(1);
  ledger_->AwaitAnswers(1);
  EXPECT_TRUE(ledger_->answers[0].ok());
  EXPECT_EQ(harness_->Collection().cursor(), "1");
}

TEST_F(PollPoolTest, ALostAnswerIsHandedInAgainAndCountsOnce) {
  Make(1, 10);
  platform_->signals.push_back(testing::MakeSignal(platform::SignalKind::kFollow, "1"));
  ledger_->lose = 1;
  pool_->Start();
  harness_->Connect();
  harness_->ledger.RunDue(1);
  ledger_->AwaitAnswers(2);
  EXPECT_TRUE(ledger_->answers[0].ok());
  EXPECT_EQ(ReasonOf(ledger_->answers[1]), "STALE_POLL");
  pool_->Stop();
  EXPECT_EQ(harness_->Sent<v1::SignalEvent>().size(), 1u);
}

TEST_F(PollPoolTest, AFullQueueGivesThePollBack) {
  Make(1, 1);
  Gate gate;
  platform_->fault = [&](const std::string&) {
    gate.Wait();
    return Ok();
  };
  pool_->Start();
  const std::string accounts[] = {"acct_a", "acct_b", "acct_c"};
  harness_->Connect(1, true, accounts[0]);
  harness_->ledger.RunDue(1);
  gate.AwaitArrival();  // one is being polled
  harness_->Connect(1, true, accounts[1]);
  harness_->ledger.RunDue(1);  // one waits
  harness_->Connect(1, true, accounts[2]);
  harness_->ledger.RunDue(1);  // one is too many
  ledger_->AwaitAnswers(1);
  const v1::Collection put_off = harness_->Collection(accounts[2]);
  EXPECT_FALSE(put_off.has_polling_since());
  EXPECT_GT(FromProto(put_off.next_poll_at()), harness_->clock.Now());
  EXPECT_EQ(put_off.failures(), 0);
  gate.Open();
  ledger_->AwaitAnswers(3);
}

TEST_F(PollPoolTest, APollThatWaitedTooLongIsDropped) {
  Make(1, 10);
  harness_->Connect();
  harness_->ledger.RunDue(1);
  pool_clock_.Advance(absl::Minutes(2));
  pool_->Start();
  harness_->clock.Advance(absl::Minutes(2));
  harness_->ledger.RunDue(1);  // the lease is over: the next one
  ledger_->AwaitAnswers(1);
  EXPECT_TRUE(ledger_->answers[0].ok());
  EXPECT_EQ(harness_->Collection().poll_number(), 2);
  EXPECT_EQ(platform_->calls["Signals"], 1);
}

}  // namespace
}  // namespace carillon::listener
