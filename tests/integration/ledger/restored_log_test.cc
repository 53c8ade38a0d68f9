// Kafka was put back from an older copy. For an owner that is a Redis that knows of more, or of something else, than the log does.
#include <gtest/gtest.h>

#include "common/ledger/keys.h"
#include "common/ledger/store.h"
#include "tests/integration/ledger/ledger_fixture.h"

namespace carillon::test {
namespace {

class RestoredLogTest : public LedgerTest {
 protected:
  RestoredLogTest() { shards_ = 1; }

  std::string StateKey() const { return ledger::ShardPrefix(release_, "counter", 0) + "s"; }
  std::string Field(const std::string& name) { return redis_.Command({"HGET", StateKey(), name}).text; }
  ledger::StorePosition Position() {
    ledger::Store store(redis::DialTcp(redis_.endpoint(), absl::Seconds(2)),
                        ledger::ShardPrefix(release_, "counter", 0), 1);
    auto position = store.Position();
    EXPECT_TRUE(position.ok() && position->present);
    return position.ok() ? *position : ledger::StorePosition();
  }
  // The copy moves on by so many offsets, as if the log had been longer once.
  void MoveCopy(int64_t by) {
    const ledger::StorePosition at = Position();
    redis_.Command({"HSET", StateKey(), "@pos", ledger::PositionText(at.birth_id, at.offset + by)});
  }
  absl::Time RestoredUntil() const { return absl::FromUnixMillis(domain_.restored_ms.load()); }
  bool IsRestored() const { return domain_.restored_ms.load() > 0; }
};

TEST_F(RestoredLogTest, ALogBehindItsCopySaysSoForAsLongAsItLives) {
  const absl::Time before = absl::Now();
  auto node = StartNode(MakeOptions());
  ValueOf(Call(*node, "r1", Id(1), AddBy(1), true));
  ASSERT_FALSE(IsRestored());
  redis_.Command({"HSET", StateKey(), "aghost", "x"});
  MoveCopy(1000);
  ASSERT_TRUE(WaitFor([&] { return !Field("@restored").empty(); })) << "the owner did not notice";
  EXPECT_EQ(ValueOf(Call(*node, "r2", Id(1), AddBy(1))), 2);
  EXPECT_TRUE(Field("aghost").empty());
  const absl::Time until = RestoredUntil();
  EXPECT_GT(until, before);
  EXPECT_LT(until, absl::Now() + absl::Seconds(5));
  redis_.Command({"FLUSHALL"});
  EXPECT_EQ(ValueOf(Call(*node, "r3", Id(1), AddBy(1))), 3);
  EXPECT_EQ(RestoredUntil(), until) << "it stands in the log, not only in Redis";
  node.reset();
  domain_.restored_ms = 0;
  node = StartNode(MakeOptions());
  EXPECT_EQ(ValueOf(Call(*node, "r4", Id(1), AddBy(1))), 4);
  EXPECT_EQ(RestoredUntil(), until);
  const Folded folded = FoldLog();
  EXPECT_EQ(folded.marks.at("@restored"), 1);
  EXPECT_TRUE(folded.versions_rise_by_one);
}

TEST_F(RestoredLogTest, ALossAsShortAsWhatTheTakeoverWritesIsNoticed) {
  for (const int64_t lost : {2, 3, 4}) {
    {
      auto node = StartNode(MakeOptions());
      ValueOf(Call(*node, "r" + std::to_string(lost), Id(1), AddBy(1), true));
    }
    domain_.restored_ms = 0;
    const std::string before = Field("@restored");
    // The next owner's marker comes two offsets behind the last record, its birth or probe two more.
    MoveCopy(lost);
    auto node = StartNode(MakeOptions());
    ValueOf(Call(*node, "s" + std::to_string(lost), Id(1), AddBy(1)));
    EXPECT_TRUE(IsRestored()) << lost;
    EXPECT_NE(Field("@restored"), before) << lost << " records were lost";
  }
}

TEST_F(RestoredLogTest, TheSamePlaceOfAnotherTimeIsAnotherLog) {
  {
    auto node = StartNode(MakeOptions());
    ValueOf(Call(*node, "r1", Id(1), AddBy(1), true));
  }
  redis_.Command({"HSET", StateKey(), "@time", std::to_string(Position().time_ms - 5000)});
  auto node = StartNode(MakeOptions());
  EXPECT_EQ(ValueOf(Call(*node, "r2", Id(1), AddBy(1))), 2);
  EXPECT_TRUE(IsRestored());
}

TEST_F(RestoredLogTest, TakeoversOfOneLogFindNothing) {
  for (int i = 0; i < 4; ++i) {
    auto node = StartNode(MakeOptions());
    ValueOf(Call(*node, "r" + std::to_string(i), Id(i), AddBy(1), true));
    if (i == 2) redis_.Command({"FLUSHALL"});
    ValueOf(Call(*node, "s" + std::to_string(i), Id(i), AddBy(1)));
  }
  EXPECT_FALSE(IsRestored());
  EXPECT_EQ(FoldLog().marks.count("@restored"), 0u);
}

TEST_F(RestoredLogTest, TheOperatorsWordIsWrittenOnce) {
  auto options = MakeOptions();
  options.restored_until = absl::FromUnixMillis(absl::ToUnixMillis(absl::Now() - absl::Minutes(1)));
  for (int i = 0; i < 3; ++i) {
    domain_.restored_ms = 0;
    auto node = StartNode(options);
    ValueOf(Call(*node, "r" + std::to_string(i), Id(1), AddBy(1), true));
    EXPECT_EQ(RestoredUntil(), options.restored_until);
    redis_.Command({"FLUSHALL"});
  }
  EXPECT_EQ(FoldLog().marks.at("@restored"), 1);
  options.restored_until += absl::Seconds(30);
  auto node = StartNode(options);
  ValueOf(Call(*node, "later", Id(1), AddBy(1)));
  EXPECT_EQ(RestoredUntil(), options.restored_until) << "a later word counts";
}

TEST_F(RestoredLogTest, AnInboxBehindWhatTheLogClaimsIsReadFromItsEnd) {
  int64_t told = 0;
  const auto tell = [&](ledger::Ledger& node) {
    v1::Add add = AddBy(1);
    add.set_tell(Id(2));
    ValueOf(Call(node, "tell" + std::to_string(told), Id(1), add, told == 0));
    ++told;
    auto reader = MakeReader();
    return WaitFor([&] {
      auto read = reader->Get(Id(2));
      return read.ok() && *read &&
             static_cast<const v1::CounterRecord&>(**read).counter().value() == told;
    });
  };
  {
    auto node = StartNode(MakeOptions());
    EXPECT_TRUE(tell(*node));
  }
  redis_.Command({"HSET", StateKey(), "@inbox", "5000"});
  {
    auto node = StartNode(MakeOptions());
    EXPECT_TRUE(tell(*node)) << "it waits for offset 5000";
  }
  EXPECT_EQ(FoldLog().marks.at("@inbox"), 1);
  redis_.Command({"FLUSHALL"});
  auto node = StartNode(MakeOptions());
  EXPECT_TRUE(tell(*node));
  EXPECT_LT(Position().inbox_next, 100);
  EXPECT_FALSE(IsRestored()) << "what was decided is all there";
}

}  // namespace
}  // namespace carillon::test
