// Redis may lose anything at any moment; the log decides.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "common/ledger/keys.h"
#include "common/ledger/store.h"
#include "tests/integration/ledger/ledger_fixture.h"

namespace carillon::test {
namespace {

using LedgerRedisTest = LedgerTest;

TEST_F(LedgerRedisTest, RedisRestartWithinDeadlineNeverAcksLost) {
  auto node = StartNode(MakeOptions());
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::vector<std::string> acknowledged;
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&, c] {
      for (int i = 0; !stop; ++i) {
        const std::string request = std::to_string(c) + "-" + std::to_string(i);
        const auto answer = Call(*node, request, Id(c * 7 + i % 5), AddBy(1), true, absl::Seconds(5));
        if (!answer.status.ok()) continue;
        std::lock_guard lock(mutex);
        acknowledged.push_back(request);
      }
    });
  }
  for (int round = 0; round < 3; ++round) {
    size_t before;
    {
      std::lock_guard lock(mutex);
      before = acknowledged.size();
    }
    EXPECT_TRUE(WaitFor([&] {
      std::lock_guard lock(mutex);
      return acknowledged.size() >= before + 50;
    })) << "round " << round;
    redis_.KillAndRestart();
  }
  EXPECT_TRUE(WaitFor([&] { return node->Serving().ok(); }));
  stop = true;
  for (auto& caller : callers) caller.join();
  const Folded folded = FoldLog();
  EXPECT_TRUE(folded.versions_rise_by_one);
  for (const std::string& request : acknowledged) {
    const auto it = folded.by_request.find(RequestKey(request));
    ASSERT_TRUE(it != folded.by_request.end()) << request << " was acknowledged and is not in the log";
    EXPECT_EQ(it->second, 1) << request;
  }
  auto reader = MakeReader();
  for (const auto& [id, record] : folded.latest) {
    EXPECT_TRUE(WaitFor([&] {
      auto read = reader->Get(id);
      return read.ok() && *read &&
             static_cast<const v1::CounterRecord&>(**read).counter().value() == record.counter().value();
    })) << id;
  }
}

TEST_F(LedgerRedisTest, ReloadStopsOnlyAtOwnMarker) {
  auto node = StartNode(MakeOptions());
  int64_t expected = 0;
  for (int i = 0; i < 40; ++i) {
    // Acknowledged, wiped at once, and the next command must build on it all the same.
    ++expected;
    ASSERT_EQ(ValueOf(Call(*node, "r" + std::to_string(i), Id(1), AddBy(1), true)), expected);
    redis_.Command({"FLUSHALL"});
  }
  EXPECT_TRUE(FoldLog().versions_rise_by_one);
}

TEST_F(LedgerRedisTest, FlushallDuringLoadRestartsLoad) {
  shards_ = 1;
  auto options = MakeOptions();
  constexpr int kCount = 3000;
  {
    auto node = StartNode(options);
    std::vector<std::thread> callers;
    for (int c = 0; c < 10; ++c) {
      callers.emplace_back([&, c] {
        for (int i = c; i < kCount; i += 10) {
          v1::Add add = AddBy(i);
          add.set_ballast_bytes(500);
          ValueOf(Call(*node, "r" + std::to_string(i), Id(i), add, true));
        }
      });
    }
    for (auto& caller : callers) caller.join();
  }
  redis_.Command({"FLUSHALL"});
  auto node = ledger::MakeLedger(options, domain_, nullptr, clock_);
  ASSERT_TRUE(node->Start(absl::Seconds(30)).ok());
  const std::string state = ledger::ShardPrefix(release_, "counter", 0) + "s";
  int flushed = 0;
  EXPECT_TRUE(WaitFor([&] {
    if (flushed < 3 && !redis_.Command({"HGET", state, "@load"}).nil()) {
      redis_.Command({"FLUSHALL"});
      ++flushed;
    }
    return node->Serving().ok();
  }));
  EXPECT_GE(flushed, 1) << "the load was too quick to be disturbed; make it larger";
  auto reader = MakeReader();
  auto count = reader->Count("all", "all|");
  ASSERT_TRUE(count.ok()) << ToString(count.status());
  EXPECT_EQ(*count, kCount);
}

TEST_F(LedgerRedisTest, ALongWayIsFoldedToLastVersions) {
  shards_ = 1;
  auto options = MakeOptions();
  options.fold_load_from = 20;
  constexpr int kCount = 30, kVersions = 8;
  {
    auto node = StartNode(options);
    for (int version = 1; version <= kVersions; ++version) {
      for (int i = 0; i < kCount; ++i) {
        const std::string request = fmt::format("{}-{}", i, version);
        ASSERT_EQ(ValueOf(Call(*node, request, Id(i), AddBy(1), true)), version);
      }
    }
  }
  redis_.Command({"FLUSHALL"});
  redis_.Command({"CONFIG", "RESETSTAT"});
  auto node = StartNode(options);
  // Each was written once: there was no entry of an earlier version to be removed.
  const std::string stats = redis_.Command({"INFO", "commandstats"}).text;
  EXPECT_NE(stats.find("cmdstat_zadd"), std::string::npos) << stats;
  EXPECT_EQ(stats.find("cmdstat_zrem:"), std::string::npos) << stats;
  auto reader = MakeReader();
  auto count = reader->Count("all", "all|");
  ASSERT_TRUE(count.ok()) << ToString(count.status());
  EXPECT_EQ(*count, kCount);
  for (int i = 0; i < kCount; ++i) {
    // The request of a version that was left out is remembered all the same.
    const auto repeated = Call(*node, fmt::format("{}-{}", i, 3), Id(i), AddBy(1), true);
    EXPECT_TRUE(repeated.repeated);
    EXPECT_EQ(ValueOf(repeated), kVersions);
  }
  EXPECT_TRUE(FoldLog().versions_rise_by_one);
}

TEST_F(LedgerRedisTest, IdleShardNoticesFlushall) {
  auto node = StartNode(MakeOptions());
  ValueOf(Call(*node, "r", Id(1), AddBy(2), true));
  redis_.Command({"FLUSHALL"});
  auto reader = MakeReader();
  EXPECT_FALSE(reader->Get(Id(1)).ok()) << "an empty shard was read as if it were loaded";
  EXPECT_TRUE(WaitFor([&] {
    auto read = reader->Get(Id(1));
    return read.ok() && *read != nullptr;
  })) << "nobody asked anything, and the shard stayed empty";
}

TEST_F(LedgerRedisTest, UnloadedShardIsUnavailableNotEmpty) {
  auto reader = MakeReader();
  EXPECT_EQ(reader->Get(Id(1)).status().code(), Code::kUnavailable);
  ledger::ListQuery query;
  query.index = "all";
  query.prefix = "all|";
  EXPECT_EQ(reader->List(query).status().code(), Code::kUnavailable);
  auto node = StartNode(MakeOptions());
  EXPECT_TRUE(reader->List(query).ok());
  // One shard of two is being loaded: no partial page.
  redis_.Command({"HSET", ledger::ShardPrefix(release_, "counter", 1) + "s", "@load", "1"});
  EXPECT_EQ(reader->List(query).status().code(), Code::kUnavailable);
  EXPECT_TRUE(WaitFor([&] { return reader->List(query).ok(); })) << "the owner did not finish the load";
}

TEST_F(LedgerRedisTest, ScriptErrorLeavesNoHalfCommit) {
  shards_ = 1;
  auto node = StartNode(MakeOptions());
  ValueOf(Call(*node, "r1", Id(1), AddBy(1), true));
  // An index of the wrong type: the script fails in the middle.
  const std::string index = ledger::ShardPrefix(release_, "counter", 0) + "i:all";
  redis_.Command({"DEL", index});
  redis_.Command({"SET", index, "broken"});
  EXPECT_EQ(ValueOf(Call(*node, "r2", Id(2), AddBy(2), true)), 2) << "it is in the log: the answer is OK";
  auto reader = MakeReader();
  EXPECT_TRUE(WaitFor([&] {
    auto count = reader->Count("all", "all|");
    return count.ok() && *count == 2;
  })) << "the shard was not rebuilt";
  EXPECT_EQ(ValueOf(Call(*node, "r3", Id(1), AddBy(5))), 6);
}

TEST_F(LedgerRedisTest, ZombieApplyIsHarmless) {
  shards_ = 1;
  auto node = StartNode(MakeOptions());
  ValueOf(Call(*node, "r1", Id(1), AddBy(1), true));
  ledger::Store zombie(redis::DialTcp(redis_.endpoint(), absl::Seconds(2)),
                       ledger::ShardPrefix(release_, "counter", 0), 1);
  const auto before = zombie.Position();
  ASSERT_TRUE(before.ok() && before->present);
  ValueOf(Call(*node, "r2", Id(1), AddBy(1)));
  ledger::Applied stale;
  stale.id = Id(1);
  stale.bytes = "zombie";
  stale.offset = before->offset + 1;
  const Status applied = zombie.Apply(before->birth_id, before->offset, {stale}, false);
  EXPECT_EQ(applied.code(), Code::kAborted) << ToString(applied);
  const Status wiped = zombie.Wipe(*before, {"due", "all", "value"});
  EXPECT_EQ(wiped.code(), Code::kAborted) << "a zombie wiped what it had not seen";
  auto reader = MakeReader();
  auto read = reader->Get(Id(1));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(static_cast<const v1::CounterRecord&>(**read).counter().value(), 2);
}

TEST_F(LedgerRedisTest, RestoredRedisAheadOfTheLogIsRebuilt) {
  shards_ = 1;
  auto node = StartNode(MakeOptions());
  ValueOf(Call(*node, "r1", Id(1), AddBy(1), true));
  const std::string state = ledger::ShardPrefix(release_, "counter", 0) + "s";
  redis_.Command({"HSET", state, "@pos", "another-birth|999999", "aghost", "x"});
  EXPECT_TRUE(WaitFor([&] { return redis_.Command({"HGET", state, "aghost"}).nil(); }));
  EXPECT_EQ(ValueOf(Call(*node, "r2", Id(1), AddBy(1))), 2);
}

TEST_F(LedgerRedisTest, ANewIndexVersionIsRebuiltBeforeItServes) {
  shards_ = 1;
  {
    auto node = StartNode(MakeOptions());
    for (int i = 0; i < 300; ++i) ValueOf(Call(*node, "r" + std::to_string(i), Id(i), AddBy(i), true));
  }
  domain_.index_version = 2;
  auto node = StartNode(MakeOptions());
  auto reader = MakeReader();
  auto count = reader->Count("value", "");
  ASSERT_TRUE(count.ok());
  EXPECT_EQ(*count, 300);
}

TEST_F(LedgerRedisTest, AnEvictingRedisIsRefused) {
  redis_.Command({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  auto node = ledger::MakeLedger(MakeOptions(), domain_, nullptr, clock_);
  ASSERT_TRUE(node->Start(absl::Seconds(30)).ok());
  const auto answer = Call(*node, "r", Id(1), AddBy(1), true, absl::Seconds(5));
  EXPECT_FALSE(answer.status.ok());
  redis_.Command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  EXPECT_TRUE(WaitServing(*node));
}

}  // namespace
}  // namespace carillon::test
