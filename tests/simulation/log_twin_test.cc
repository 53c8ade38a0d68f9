// The log of the simulation gets the same random histories as a real broker, through the same ports; any difference fails.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "common/base/ids.h"
#include "common/kafka/cluster.h"
#include "tests/simulation/process.h"
#include "tests/support/servers/redis_server.h"
#include "tests/support/servers/wait.h"

namespace carillon::simulation {
namespace {

constexpr int kTriesMax = 10;
constexpr int kSteps = 120;
constexpr int kPartitions = 2;

// One cluster, seen through the ports that the Ledger has.
class Side {
 public:
  Side(kafka::Cluster& cluster, std::string name) : cluster_(cluster), name_(std::move(name)) {}

  Status Begin(const std::function<void()>& pass_time) {
    kafka::TopicSpec spec{name_, kPartitions, {{"cleanup.policy", "compact"},
                                               {"message.timestamp.type", "LogAppendTime"}}};
    RETURN_IF_ERROR(cluster_.EnsureTopics({spec}, true, absl::Seconds(20)));
    ASSIGN_OR_RETURN(reader_, cluster_.MakeReader());
    RETURN_IF_ERROR(JoinAs("left", pass_time));
    stale_ = member_->Identity();
    member_.reset();
    RETURN_IF_ERROR(JoinAs("stays", pass_time));
    for (int i = 0; i < 2; ++i) RETURN_IF_ERROR(Take(i));
    return Ok();
  }

  // A new producer under the id; the one before becomes the zombie.
  Status Take(int id) {
    zombies_[id] = std::move(producers_[id]);
    return Make(id);
  }

  // "ok", "fenced", "refused" (not a member) or another word; written offsets are checked when read.
  std::string Commit(int id, bool zombie, bool stale, int count, int number) {
    const auto& producer = zombie ? zombies_[id] : producers_[id];
    if (producer == nullptr) return "none";
    std::vector<kafka::OutRecord> records;
    for (int i = 0; i < count; ++i) {
      records.push_back({name_, (number + i) % kPartitions, fmt::format("k{}", i % 3),
                         fmt::format("v{}-{}", number, i)});
    }
    kafka::CommitResult result;
    // librdkafka purges what an aborted transaction had in flight; the broker may then miss sequence numbers in the next ones, which
    // are aborted too, until it works again (simulated as "commit not done").
    for (int tries = 0; tries < kTriesMax; ++tries) {
      result = producer->Commit(records, {name_, 0, number, stale ? stale_ : member_->Identity()});
      const bool again = result.verdict == kafka::Verdict::kAbort && !result.not_a_member;
      // On a machine that is too busy a transaction may also take longer than it is allowed to: as an owner does, with a new producer.
      const bool anew = !zombie && result.verdict == kafka::Verdict::kRecreate;
      if (!again && !anew) break;
      if (anew && !Make(id).ok()) break;
    }
    if (result.fenced || result.verdict == kafka::Verdict::kRecreate) {
      (zombie ? zombies_ : producers_)[id].reset();
      return "fenced";
    }
    if (result.not_a_member) return "refused";
    if (result.verdict != kafka::Verdict::kOk) {
      return fmt::format("{} {}", kafka::ToString(result.verdict), ToString(result.status));
    }
    for (size_t i = 0; i < records.size(); ++i) {
      offsets_[*records[i].value] = result.written[i].offset;
    }
    return "ok";
  }

  // Everything committed of a partition, in order; each record where its delivery report said.
  std::string Read(int partition, size_t wanted, const std::function<void()>& pass_time) {
    auto cursor = reader_->Open(name_, partition, kafka::LogReader::kBeginning);
    if (!cursor.ok()) return ToString(cursor.status());
    std::string out;
    size_t count = 0;
    int64_t before = -1;
    for (int tries = 0; tries < 200; ++tries) {
      const auto next = (*cursor)->Next(absl::Milliseconds(count < wanted ? 200 : 20));
      if (!next.ok()) return ToString(next.status());
      if (!*next) {
        if (count >= wanted) break;
        pass_time();
        continue;
      }
      const kafka::Record& record = **next;
      EXPECT_GT(record.offset, before);
      before = record.offset;
      EXPECT_EQ(offsets_[*record.value], record.offset) << *record.value;
      out += fmt::format("{}={} ", record.key, *record.value);
      ++count;
    }
    return out;
  }

 private:
  Status Make(int id) {
    producers_[id].reset();
    ASSIGN_OR_RETURN(producers_[id],
                     cluster_.MakeProducer({"", fmt::format("{}-{}", name_, id), absl::Seconds(5), {name_}}));
    return Ok();
  }

  Status JoinAs(const std::string& client, const std::function<void()>& pass_time) {
    auto joined = std::make_shared<std::atomic<bool>>(false);
    // So long that a busy machine loses no member.
    ASSIGN_OR_RETURN(member_, cluster_.Join({"", name_ + ".g", name_, client, 60'000},
                                            [joined](const auto&, bool lost) { *joined = !lost; }));
    while (!*joined) pass_time();
    return Ok();
  }

  kafka::Cluster& cluster_;
  const std::string name_;
  std::unique_ptr<kafka::LogReader> reader_;
  std::unique_ptr<kafka::GroupMember> member_;
  kafka::GroupIdentityPtr stale_;
  std::map<int, std::unique_ptr<kafka::TransactionalProducer>> producers_;
  std::map<int, std::unique_ptr<kafka::TransactionalProducer>> zombies_;
  std::map<std::string, int64_t> offsets_;
};

void PlayHistory(World& world, Process& process) {
  const auto cluster = kafka::MakeCluster(test::TestKafka());
  const std::string name = "twin." + RandomText();
  Side real(*cluster, name);
  Side twin(process, name);
  const auto real_time = [] { (void)test::WaitFor([n = 0]() mutable { return ++n > 1; }); };
  const auto twin_time = [&] { world.fibers.Wait(absl::Milliseconds(100)); };
  ASSERT_TRUE(real.Begin(real_time).ok());
  ASSERT_TRUE(twin.Begin(twin_time).ok());
  Random random(20261122);
  std::map<int, size_t> expected;
  std::map<std::string, int> outcomes;
  for (int i = 0; i < kSteps && !::testing::Test::HasFailure(); ++i) {
    const int id = random.Below(2);
    if (random.OneIn(10)) {
      ASSERT_TRUE(real.Take(id).ok());
      ASSERT_TRUE(twin.Take(id).ok());
      continue;
    }
    const bool zombie = random.OneIn(6);
    const bool stale = !zombie && random.OneIn(8);
    const int count = random.Between(1, 5);
    const std::string got = real.Commit(id, zombie, stale, count, i);
    EXPECT_EQ(got, twin.Commit(id, zombie, stale, count, i)) << "step " << i;
    ++outcomes[got];
    if (got == "ok") {
      for (int k = 0; k < count; ++k) ++expected[(i + k) % kPartitions];
    }
  }
  for (int partition = 0; partition < kPartitions; ++partition) {
    EXPECT_EQ(real.Read(partition, expected[partition], real_time),
              twin.Read(partition, expected[partition], twin_time));
  }
  for (const char* outcome : {"ok", "fenced", "refused"}) EXPECT_GT(outcomes[outcome], 0) << outcome;
}

TEST(LogTwin, SameHistoriesSameLog) {
  World world(1);
  Process process(world, 1);
  bool done = false;
  world.fibers.Spawn(1, [&] {
    PlayHistory(world, process);
    done = true;
  });
  EXPECT_TRUE(world.fibers.Run([&] { return done; }, absl::Hours(2)));
}

}  // namespace
}  // namespace carillon::simulation
