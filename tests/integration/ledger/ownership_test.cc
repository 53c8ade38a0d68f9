// Who may: takeover, rebalance, crash, strangers.
#include <gtest/gtest.h>

#include <signal.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "common/kafka/group_member.h"
#include "common/kafka/producer.h"
#include "tests/integration/ledger/ledger_fixture.h"
#include "tests/support/servers/process.h"

namespace carillon::test {
namespace {

using LedgerOwnershipTest = LedgerTest;

TEST_F(LedgerOwnershipTest, ZombieTakeoverRefusedByGroup) {
  auto node = StartNode(MakeOptions());
  const std::string topic = release_ + ".counter.inbox.v1";
  const std::string group = release_ + ".zombies";
  kafka::GroupIdentityPtr stale;
  {
    std::atomic<bool> joined = false;
    auto member = kafka::GroupMember::Join({TestKafka(), group, topic, "zombie", 6000},
                                           [&](const auto&, bool) { joined = true; });
    ASSERT_TRUE(member.ok());
    ASSERT_TRUE(WaitFor([&] { return joined.load(); }));
    stale = (*member)->Identity();
  }
  std::atomic<bool> rightful_joined = false;
  auto rightful = kafka::GroupMember::Join({TestKafka(), group, topic, "rightful", 6000},
                                           [&](const auto&, bool) { rightful_joined = true; });
  ASSERT_TRUE(rightful.ok());
  ASSERT_TRUE(WaitFor([&] { return rightful_joined.load(); }));
  auto producer = kafka::TransactionalProducer::Make({TestKafka(), release_ + "-zombie"});
  ASSERT_TRUE(producer.ok());
  const auto refused = (*producer)->Commit({{topic, 0, "k", std::string("v")}},
                                           {topic, 0, 0, std::move(stale)});
  EXPECT_TRUE(refused.not_a_member) << ToString(refused.status);
  EXPECT_EQ(refused.verdict, kafka::Verdict::kAbort);
  kafka::CommitResult taken;
  // After an abort that purged what was in flight the broker may miss sequence numbers: one more abort, which is clean.
  for (int tries = 0; tries < 3; ++tries) {
    taken = (*producer)->Commit({{topic, 0, "k", std::string("v")}},
                                {topic, 0, 0, (*rightful)->Identity()});
    if (taken.verdict != kafka::Verdict::kAbort || taken.not_a_member) break;
  }
  EXPECT_EQ(taken.verdict, kafka::Verdict::kOk) << ToString(taken.status);
}

TEST_F(LedgerOwnershipTest, AnotherProducerWithTheIdFencesTheFirst) {
  auto node = StartNode(MakeOptions());
  const std::string topic = release_ + ".counter.inbox.v1";
  std::atomic<bool> member_joined = false;
  auto member = kafka::GroupMember::Join({TestKafka(), release_ + ".g", topic, "m", 6000},
                                           [&](const auto&, bool) { member_joined = true; });
  ASSERT_TRUE(member.ok());
  ASSERT_TRUE(WaitFor([&] { return member_joined.load(); }));
  auto first = kafka::TransactionalProducer::Make({TestKafka(), release_ + "-same"});
  auto second = kafka::TransactionalProducer::Make({TestKafka(), release_ + "-same"});
  ASSERT_TRUE(first.ok() && second.ok());
  const auto result = (*first)->Commit({{topic, 0, "k", std::string("v")}},
                                       {topic, 0, 0, (*member)->Identity()});
  EXPECT_EQ(result.verdict, kafka::Verdict::kRecreate) << ToString(result.status);
  EXPECT_TRUE(result.fenced);
}

TEST_F(LedgerOwnershipTest, KeptShardsGoOnThroughRebalance) {
  shards_ = 4;
  auto first = StartNode(MakeOptions());
  std::atomic<bool> stop{false};
  std::atomic<int> failures_on_kept{0};
  std::map<int, int> served;
  std::thread caller([&] {
    // With range assignment the first member of two keeps two of four; which two is the group's choice.
    for (int i = 0; !stop; ++i) {
      for (int shard = 0; shard < shards_; ++shard) {
        const auto answer = Call(*first, std::to_string(i) + "-" + std::to_string(shard),
                                 IdIn(shard), AddBy(1), true, absl::Seconds(10));
        if (answer.status.ok()) ++served[shard];
      }
    }
  });
  auto second = StartNode(MakeOptions());
  const auto owned_by = [&](ledger::Ledger& node) {
    int owned = 0;
    for (int shard = 0; shard < shards_; ++shard) owned += node.Owns(shard) ? 1 : 0;
    return owned;
  };
  EXPECT_TRUE(WaitFor([&] { return owned_by(*first) == 2 && owned_by(*second) == 2; }));
  stop = true;
  caller.join();
  const Folded folded = FoldLog();
  EXPECT_TRUE(folded.versions_rise_by_one);
  for (int shard = 0; shard < shards_; ++shard) {
    if (!first->Owns(shard)) continue;
    EXPECT_EQ(folded.markers.at(shard), 1) << "shard " << shard << " was kept, yet taken over again";
  }
}

// Two processes are replaced one by one by ones that know an index more, while counters are made that fall due all the time.
TEST_F(LedgerOwnershipTest, RollingDeployWithNewIndexDispatchesAll) {
  constexpr int kCounters = 150;
  shards_ = 4;
  CounterDomain newer;
  newer.index_version = 2;
  std::mutex mutex;
  std::vector<std::shared_ptr<ledger::Ledger>> nodes;
  const auto running = [&] {
    std::lock_guard lock(mutex);
    return nodes;
  };
  const auto start = [&](const CounterDomain& domain) {
    std::shared_ptr<ledger::Ledger> node = ledger::MakeLedger(MakeOptions(), domain, nullptr, clock_);
    const Status started = node->Start(absl::Seconds(30));
    EXPECT_TRUE(started.ok()) << ToString(started);
    std::lock_guard lock(mutex);
    nodes.push_back(node);
  };
  const auto stop_first = [&] {
    std::shared_ptr<ledger::Ledger> first;
    {
      std::lock_guard lock(mutex);
      first = nodes.front();
      nodes.erase(nodes.begin());
    }
    first->Stop();
  };
  const auto all_owned = [&] {
    std::set<int> owned;
    for (const auto& node : running()) {
      for (int shard = 0; shard < shards_; ++shard) {
        if (node->Owns(shard)) owned.insert(shard);
      }
    }
    return owned.size() == static_cast<size_t>(shards_);
  };
  start(domain_);
  start(domain_);
  ASSERT_TRUE(WaitFor(all_owned, absl::Seconds(60)));
  std::atomic<int> made{0};
  std::thread caller([&] {
    for (int i = 0; i < kCounters; ++i) {
      v1::Add add = AddBy(i);
      add.set_due_ms(absl::ToUnixMillis(clock_.Now()) + i % 20 * 100);
      EXPECT_TRUE(WaitFor([&] {
        for (const auto& node : running()) {
          if (Call(*node, "make-" + std::to_string(i), Id(i), add, true).status.ok()) return true;
        }
        return false;
      }, absl::Seconds(60)));
      ++made;
    }
  });
  for (const int before : {30, 70}) {
    // A roll-out goes on: a shard that came back to an old process, which cannot serve it any more, waits until that one is replaced.
    WaitFor([&] { return made >= before; }, absl::Seconds(15));
    start(newer);
    EXPECT_TRUE(WaitFor([&] { return nodes.back()->Serving().ok(); }, absl::Seconds(60)));
    stop_first();
  }
  caller.join();
  const auto reader = ledger::MakeReader(MakeOptions(), newer);
  EXPECT_TRUE(WaitFor([&] {
    const auto due = reader->Count("due", "");
    return due.ok() && *due == 0;
  }, absl::Seconds(60)));
  const auto indexed = reader->Count("value", "");
  EXPECT_TRUE(indexed.ok() && *indexed == kCounters) << ToString(indexed.status());
  const Folded folded = FoldLog();
  EXPECT_TRUE(folded.versions_rise_by_one);
  ASSERT_EQ(folded.latest.size(), static_cast<size_t>(kCounters));
  for (int i = 0; i < kCounters; ++i) {
    EXPECT_EQ(folded.latest.at(Id(i)).counter().value(), i + 1000) << Id(i);  // dispatched, and once
  }
}

TEST_F(LedgerOwnershipTest, MessageToAnotherShardSurvivesCrash) {
  // A child process owns everything, tells counter "to" from many counters, and is killed in the middle.
  TempFolder folder;
  const std::string acks = folder.path() + "/acks";
  const std::string to = IdIn(1);
  for (int round = 0; round < 3; ++round) {
    Process child({LEDGER_NODE, TestKafka(), redis_.endpoint(), release_,
                        std::to_string(shards_), IdIn(0), to, acks, std::to_string(round)},
                       folder.path() + "/log");
    ASSERT_TRUE(WaitFor([&] {
      std::ifstream in(acks);
      int lines = 0;
      for (std::string line; std::getline(in, line);) ++lines;
      return lines >= 30 * (round + 1);
    }, absl::Seconds(60))) << "see " << folder.path() << "/log";
    child.Stop(SIGKILL);
  }
  auto node = StartNode(MakeOptions());
  std::ifstream in(acks);
  std::set<std::string> acknowledged;
  for (std::string line; std::getline(in, line);) acknowledged.insert(line);
  ASSERT_GE(acknowledged.size(), 90u);
  Folded folded;
  EXPECT_TRUE(WaitFor([&] {
    folded = FoldLog();
    const std::string from = IdIn(0);
    if (!folded.latest.contains(to) || !folded.latest.contains(from)) return false;
    return folded.latest[to].counter().value() == folded.latest[from].counter().value();
  })) << "told " << folded.latest[to].counter().value() << " of "
      << folded.latest[IdIn(0)].counter().value();
  EXPECT_TRUE(folded.versions_rise_by_one);
  for (const std::string& request : acknowledged) {
    EXPECT_EQ(folded.by_request[RequestKey(request)], 1) << request;
  }
}

TEST_F(LedgerOwnershipTest, AFrozenOwnerIsReplacedAndDoesNoHarm) {
  TempFolder folder;
  const std::string acks = folder.path() + "/acks";
  Process child({LEDGER_NODE, TestKafka(), redis_.endpoint(), release_,
                      std::to_string(shards_), IdIn(0), IdIn(1), acks, "0"},
                     folder.path() + "/log");
  ASSERT_TRUE(WaitFor([&] {
    std::ifstream in(acks);
    std::string line;
    return static_cast<bool>(std::getline(in, line));
  }, absl::Seconds(60)));
  child.Signal(SIGSTOP);
  auto node = StartNode(MakeOptions());
  ledger::Answer answer;
  EXPECT_TRUE(WaitFor([&] {
    answer = Call(*node, "after", IdIn(0), AddBy(1), true, absl::Seconds(2));
    return answer.status.ok();
  }, absl::Seconds(60)));
  child.Signal(SIGCONT);
  // The zombie wakes with a full queue; whatever it tries, the log stays one history.
  for (int i = 0; i < 20; ++i) {
    Call(*node, "more" + std::to_string(i), IdIn(0), AddBy(1), true, absl::Seconds(10));
  }
  child.Stop(SIGKILL);
  EXPECT_TRUE(FoldLog().versions_rise_by_one);
}

}  // namespace
}  // namespace carillon::test
