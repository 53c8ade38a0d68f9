// Servers share the senders: one that hangs never takes them all, and the others are as fast as without it.
#include <unistd.h>

#include <condition_variable>
#include <filesystem>

#include "common/media_store/folder_store.h"
#include "services/publisher/client/control_board.h"
#include "services/publisher/domain/rates.h"
#include "services/publisher/effects/app_shares.h"
#include "services/publisher/effects/sender_pool.h"
#include "services/publisher/effects/server_queue.h"
#include "tests/unit/publisher/harness.h"
#include "tests/unit/publisher/sending_fakes.h"

namespace carillon::publisher::testing {
namespace {

constexpr char kHangs[] = "https://hangs.example";

TEST(HasShareTest, NobodyTakesTheLastOneFromThoseWhoHaveNone) {
  for (size_t all = 1; all <= 200; ++all) {
    size_t mine = 0;
    while (HasShare(mine, all - mine)) ++mine;
    EXPECT_GE(mine, 1u);
    EXPECT_LE(mine, all < 2 ? 1 : all - 1) << all;
    EXPECT_GE((mine + 1) * 4, all * 3) << all;
  }
  // Three that hang leave room for others.
  size_t used[3] = {}, left = 32;
  for (bool more = true; more;) {
    more = false;
    for (size_t& mine : used) {
      if (!HasShare(mine, left)) continue;
      ++mine;
      --left;
      more = true;
    }
  }
  EXPECT_GE(left, 3u);
}

TEST(ServerQueueTest, ServersTakeTurnsAndEachKeepsItsOrder) {
  ServerQueue<int> queue(100, 8);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(queue.Push("a", int(i)));
  for (int i = 10; i < 13; ++i) ASSERT_TRUE(queue.Push("b", int(i)));
  std::vector<int> order;
  for (int i = 0; i < 6; ++i) {
    const auto taken = queue.Pop();
    order.push_back(taken->item);
    queue.Done(taken->server);
  }
  EXPECT_EQ(order, (std::vector<int>{0, 10, 1, 11, 2, 12}));
}

TEST(ServerQueueTest, AFullLineLeavesRoomForOthers) {
  ServerQueue<int> queue(8, 2);
  int taken = 0;
  while (queue.Push("a", int(taken))) ++taken;
  EXPECT_EQ(taken, 6);
  EXPECT_TRUE(queue.Push("b", 1));
}

TEST(ServerQueueTest, AfterCloseTheRestIsGivenOutAndThenNothing) {
  ServerQueue<int> queue(8, 1);
  ASSERT_TRUE(queue.Push("a", 1));
  ASSERT_TRUE(queue.Push("a", 2));
  queue.Close();
  EXPECT_FALSE(queue.Push("b", 3));
  EXPECT_EQ(queue.Pop()->item, 1);
  EXPECT_EQ(queue.Pop()->item, 2);
  EXPECT_FALSE(queue.Pop());
}

// Requests to one server wait until the test lets them go.
class HangingConnector : public FakeConnector {
 public:
  platform::PublishOutcome Publish(const platform::PublishRequest& request) override {
    platform::PublishOutcome outcome;
    outcome.kind = platform::PublishOutcome::Kind::kPublished;
    std::unique_lock lock(mutex);
    if (request.access.base_url == kHangs) {
      ++hanging;
      changed.notify_all();
      changed.wait(lock, [&] { return let_go; });
    } else {
      ++done;
      changed.notify_all();
    }
    outcome.remote_id = "r" + request.idempotency_key;
    return outcome;
  }
  // Until `count` of the others are out.
  bool Await(int count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), [&] { return done >= count; });
  }
  int Hanging() {
    std::lock_guard lock(mutex);
    return hanging;
  }
  void LetGo() {
    std::lock_guard lock(mutex);
    let_go = true;
    changed.notify_all();
  }

 private:
  std::mutex mutex;
  std::condition_variable changed;
  int hanging = 0;
  int done = 0;
  bool let_go = false;
};

class TakesAll : public ledger::testing::FakeLedger {
 public:
  using FakeLedger::FakeLedger;
  void Submit(ledger::Input, absl::Time, ledger::AnswerCallback done) override { done({}); }
};

class FairnessTest : public ::testing::Test {
 protected:
  FairnessTest() : vault_(*vault::Vault::FromText(vault::NewKey())), credentials_(vault_), control_(h.clock) {
    auto connector = std::make_unique<HangingConnector>();
    connector_ = connector.get();
    platforms_.Add(std::move(connector));
    account_ = h.Connect();
    credentials_.Put(credentials_.Seal(account_, 1, "token"));
    control_.Take(scheduler::v1::ControlRecord().SerializeAsString(), h.clock.Now());
    h.Publish(account_);
  }
  ~FairnessTest() override { std::filesystem::remove_all(folder_); }

  // A delivery of an account of its own at that server, as its decision would make it.
  std::shared_ptr<const SendJob> Job(const std::string& server, int number) {
    auto job = std::make_shared<SendJob>(*h.sends.front());
    job->account.set_base_url(server);
    job->account.set_id(fmt::format("{}-{}", job->account.id(), number));
    credentials_.Put(credentials_.Seal(job->account.id(), 1, "token"));
    job->delivery.set_id(fmt::format("{}-{}", job->delivery.id(), number));
    return job;
  }

  Harness h;
  vault::Vault vault_;
  CredentialStore credentials_;
  ControlBoard control_;
  FakeGuard guard_;
  platform::Registry platforms_;
  HangingConnector* connector_ = nullptr;
  std::string account_;
  std::string folder_ = ::testing::TempDir() + "fairness_testXXXXXX";
  media_store::FolderStore media_{::mkdtemp(folder_.data())};
};

TEST_F(FairnessTest, AServerThatHangsKeepsOnlyItselfWaiting) {
  constexpr int kSenders = 8, kOthers = 60;
  TakesAll ledger(h.domain, h.clock);
  Reporter reporter(h.clock);
  SenderPool pool({platforms_, credentials_, control_, guard_, h.clock, media_, absl::Seconds(1)}, credentials_, reporter,
                  {.senders = kSenders, .lookers = 1, .slots_per_sender = 8, .queue_max = 1'000});
  reporter.Start(ledger, absl::Milliseconds(1));
  pool.Start();
  // As many as get a slot: all want to be sent before any of the others comes.
  int slots = 0;
  for (int i = 0; i < 200; ++i) {
    const auto job = Job(kHangs, i);
    if (!pool.Keep(job->account.id(), kHangs)) break;
    ++slots;
    pool.Run(job);
  }
  EXPECT_LT(slots, kSenders * 8) << "some are left to others";
  EXPECT_GT(slots, kSenders * 4);
  for (int i = 0; i < kOthers; ++i) pool.Run(Job(fmt::format("https://server{}.example", i % 5), 1'000 + i));
  EXPECT_TRUE(connector_->Await(kOthers)) << "the others go out while it hangs";
  EXPECT_LT(connector_->Hanging(), kSenders);
  EXPECT_GE(connector_->Hanging(), kSenders / 2);
  connector_->LetGo();
  pool.Stop();
  reporter.Stop();
}

TEST_F(FairnessTest, ASlotIsLeftForTheOthers) {
  Reporter reporter(h.clock);
  SenderPool pool({platforms_, credentials_, control_, guard_, h.clock, media_, absl::Seconds(1)}, credentials_, reporter,
                  {.senders = 4, .lookers = 1, .slots_per_sender = 1, .queue_max = 16});
  EXPECT_TRUE(pool.Keep("a", kHangs));
  EXPECT_TRUE(pool.Keep("b", kHangs));
  EXPECT_TRUE(pool.Keep("c", kHangs));
  EXPECT_FALSE(pool.Keep("d", kHangs));
  EXPECT_TRUE(pool.Keep("e", "https://other.example"));
  EXPECT_FALSE(pool.Keep("f", "https://third.example")) << "there are four";
}

TEST_F(FairnessTest, AppsAreCountedInTheIndexOfTheirUsers) {
  h.rules.rates_of = [](const v1::Account&, const v1::Dispatch&) {
    return std::vector<RateCost>{{"post_of_app", 100, absl::Hours(24), true}};
  };
  std::string app;
  for (const char* name : {"one", "two", "three"}) {
    const std::string account = h.Connect(name);
    app = AppKey(h.Account(account).account);
    h.Publish(account, {.text = name, .post = name});
  }
  AppShares shares(h.ledger, h.clock);
  EXPECT_EQ(shares.Accounts(app), 1) << "not counted yet";
  shares.CountAll();
  EXPECT_EQ(shares.Accounts(app), 3);
  EXPECT_EQ(shares.Accounts("app_unknown"), 1);
  shares.CountAll();
  EXPECT_EQ(shares.Accounts("app_unknown"), 1);
}

}  // namespace
}  // namespace carillon::publisher::testing
