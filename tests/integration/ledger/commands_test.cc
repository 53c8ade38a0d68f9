// Commands, answers and messages of the Ledger, on a real broker and Redis.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <thread>

#include "common/kafka/group_member.h"
#include "common/kafka/log_reader.h"
#include "common/kafka/producer.h"
#include "tests/integration/ledger/ledger_fixture.h"

namespace carillon::test {
namespace {

TEST_F(LedgerTest, ACommandIsInTheLogAndReadable) {
  auto node = StartNode(MakeOptions());
  const auto answer = Call(*node, "r1", Id(1), AddBy(5), /*creates=*/true);
  EXPECT_EQ(ValueOf(answer), 5);
  const Folded folded = FoldLog();
  EXPECT_EQ(folded.latest.at(Id(1)).counter().value(), 5);
  auto reader = MakeReader();
  auto read = reader->Get(Id(1));
  ASSERT_TRUE(read.ok()) << ToString(read.status());
  ASSERT_NE(*read, nullptr);
  EXPECT_EQ(static_cast<const v1::CounterRecord&>(**read).counter().value(), 5);
}

TEST_F(LedgerTest, RetryAfterSuccessGetsSuccess) {
  auto node = StartNode(MakeOptions());
  EXPECT_EQ(ValueOf(Call(*node, "c", Id(1), AddBy(1), true)), 1);
  EXPECT_EQ(ValueOf(Call(*node, "r", Id(1), AddBy(10))), 11);
  const auto again = Call(*node, "r", Id(1), AddBy(10));
  EXPECT_EQ(ValueOf(again), 11) << "decided again instead of answered";
  EXPECT_TRUE(again.repeated);
  const auto other = Call(*node, "r", Id(1), AddBy(99));
  EXPECT_EQ(other.status.code(), Code::kInvalidArgument);
  EXPECT_EQ(ReasonOf(other.status), "REQUEST_ID_REUSED");
  EXPECT_EQ(FoldLog().latest.at(Id(1)).header().version(), 2u);
}

TEST_F(LedgerTest, RetryOfCreateAfterWipeIsOnePost) {
  auto node = StartNode(MakeOptions());
  EXPECT_EQ(ValueOf(Call(*node, "create", Id(7), AddBy(3), true)), 3);
  redis_.Command({"FLUSHALL"});
  const auto again = Call(*node, "create", Id(7), AddBy(3), true);
  EXPECT_EQ(ValueOf(again), 3);
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(FoldLog().latest.at(Id(7)).header().version(), 1u);
}

TEST_F(LedgerTest, ARefusalChangesNothing) {
  auto node = StartNode(MakeOptions());
  v1::Add refuse;
  refuse.set_refuse(true);
  const auto answer = Call(*node, "r", Id(1), refuse, true);
  EXPECT_EQ(ReasonOf(answer.status), "REFUSED");
  EXPECT_EQ(FoldLog().records, 0);
}

TEST_F(LedgerTest, TooLargeAggregateFailsAlone) {
  auto node = StartNode(MakeOptions());
  ValueOf(Call(*node, "warm", Id(0), AddBy(1), true));
  v1::Add large = AddBy(1);
  large.set_ballast_bytes(300 * 1024);
  std::vector<std::future<ledger::Answer>> answers;
  for (int i = 1; i <= 20; ++i) {
    answers.push_back(std::async(std::launch::async, [&, i] {
      return Call(*node, "r" + std::to_string(i), Id(i), i == 10 ? large : AddBy(i), true);
    }));
  }
  for (int i = 1; i <= 20; ++i) {
    const auto answer = answers[static_cast<size_t>(i - 1)].get();
    if (i == 10) {
      EXPECT_EQ(ReasonOf(answer.status), "AGGREGATE_TOO_LARGE");
    } else {
      EXPECT_EQ(ValueOf(answer), i);
    }
  }
  EXPECT_EQ(FoldLog().latest.count(Id(10)), 0u);
}

TEST_F(LedgerTest, DueIsDecidedOnceAndTheEntryMovesWithTheState) {
  auto node = StartNode(MakeOptions());
  v1::Add add = AddBy(1);
  add.set_due_ms(absl::ToUnixMillis(absl::Now() + absl::Milliseconds(300)));
  for (int i = 0; i < 20; ++i) ValueOf(Call(*node, "r" + std::to_string(i), Id(i), add, true));
  auto reader = MakeReader();
  EXPECT_TRUE(WaitFor([&] {
    auto first = reader->First("due");
    return first.ok() && !first->has_value();
  }));
  const Folded folded = FoldLog();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(folded.latest.at(Id(i)).counter().value(), 1001);
    EXPECT_EQ(folded.latest.at(Id(i)).header().version(), 2u);
  }
}

TEST_F(LedgerTest, EachGivesAllOfARangeOnceAndEndsByAnError) {
  auto node = StartNode(MakeOptions());
  constexpr int kCount = 700;  // more than is read of a shard at a time
  std::vector<std::thread> callers;
  for (int c = 0; c < 8; ++c) {
    callers.emplace_back([&, c] {
      for (int i = c; i < kCount; i += 8) {
        ValueOf(Call(*node, "each-" + std::to_string(i), Id(i), AddBy(i), true));
      }
    });
  }
  for (auto& caller : callers) caller.join();
  auto reader = MakeReader();
  ledger::ListQuery query;
  query.index = "all";
  query.prefix = "all|";
  std::map<std::string, int> seen;
  const Status all = reader->Each(query, [&](const ledger::Proto& record) {
    ++seen[static_cast<const v1::CounterRecord&>(record).header().aggregate_id()];
    return Ok();
  });
  EXPECT_TRUE(all.ok()) << ToString(all);
  EXPECT_EQ(seen.size(), static_cast<size_t>(kCount));
  for (const auto& [id, times] : seen) EXPECT_EQ(times, 1) << id;
  int taken = 0;
  const Status ended = reader->Each(query, [&](const ledger::Proto&) {
    return ++taken < 300 ? Ok() : MakeStatus(Code::kDeadlineExceeded, "enough");
  });
  EXPECT_EQ(ended.code(), Code::kDeadlineExceeded);
  EXPECT_EQ(taken, 300);
}

TEST_F(LedgerTest, ListIsOrderedPagedAndBoundToItsFilter) {
  auto node = StartNode(MakeOptions());
  for (int i = 0; i < 25; ++i) ValueOf(Call(*node, "r" + std::to_string(i), Id(i), AddBy(1), true));
  auto reader = MakeReader();
  ledger::ListQuery query;
  query.index = "all";
  query.prefix = "all|";
  query.page_size = 10;
  std::vector<std::string> ids;
  int pages = 0;
  do {
    auto page = reader->List(query);
    ASSERT_TRUE(page.ok()) << ToString(page.status());
    for (const auto& record : page->records) {
      ids.push_back(static_cast<const v1::CounterRecord&>(*record).header().aggregate_id());
    }
    query.page_token = page->next_page_token;
    ++pages;
  } while (!query.page_token.empty() && pages < 10);
  EXPECT_EQ(ids.size(), 25u);
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  query.page_token = "garbage";
  EXPECT_EQ(ReasonOf(reader->List(query).status()), "BAD_PAGE_TOKEN");
  query.page_token.clear();
  query.page_size = 501;
  EXPECT_EQ(ReasonOf(reader->List(query).status()), "BAD_PAGE_SIZE");
}

// A page takes a share of each shard first: most records lie on one shard here, and it has to come back for more.
TEST_F(LedgerTest, PagesOfAnySizeAreTheWholeListInOrder) {
  shards_ = 8;
  auto node = StartNode(MakeOptions());
  std::vector<std::string> ids;
  for (int n = 0; n < 60; ++n) ids.push_back(IdIn(3, n));
  for (int n = 0; n < 40; ++n) ids.push_back(Id(60'000 + n));
  std::vector<std::thread> callers;
  for (size_t c = 0; c < 4; ++c) {
    callers.emplace_back([&, c] {
      for (size_t i = c; i < ids.size(); i += 4) {
        ValueOf(Call(*node, fmt::format("pages-{}", i), ids[i], AddBy(1), true));
      }
    });
  }
  for (auto& caller : callers) caller.join();
  std::sort(ids.begin(), ids.end());
  auto reader = MakeReader();
  for (const bool descending : {false, true}) {
    for (const int size : {1, 7, 50, 99, 100, 500}) {
      ledger::ListQuery query;
      query.index = "all";
      query.prefix = "all|";
      query.page_size = size;
      query.descending = descending;
      std::vector<std::string> seen;
      do {
        const auto page = reader->List(query);
        ASSERT_TRUE(page.ok()) << ToString(page.status());
        ASSERT_FALSE(page->records.empty());
        if (!page->next_page_token.empty()) {
          EXPECT_EQ(page->records.size(), static_cast<size_t>(size));
        }
        for (const auto& record : page->records) {
          seen.push_back(static_cast<const v1::CounterRecord&>(*record).header().aggregate_id());
        }
        query.page_token = page->next_page_token;
      } while (!query.page_token.empty());
      if (descending) std::reverse(seen.begin(), seen.end());
      EXPECT_EQ(seen, ids) << "pages of " << size << (descending ? ", descending" : "");
    }
  }
}

TEST_F(LedgerTest, AMessageReachesTheOtherShardOnce) {
  auto node = StartNode(MakeOptions());
  const std::string from = IdIn(0);
  const std::string to = IdIn(1);
  v1::Add add = AddBy(4);
  add.set_tell(to);
  EXPECT_EQ(ValueOf(Call(*node, "r1", from, add, true)), 4);
  auto reader = MakeReader();
  EXPECT_TRUE(WaitFor([&] {
    auto read = reader->Get(to);
    return read.ok() && *read != nullptr;
  }));
  EXPECT_EQ(FoldLog().latest.at(to).counter().value(), 4);
}

TEST_F(LedgerTest, PoisonGoesToTheDeadLettersAndTheRestGoesOn) {
  auto node = StartNode(MakeOptions());
  // A message that the domain refuses, and one that is no message at all, straight into the inbox; then a good one.
  auto options = MakeOptions();
  std::atomic<bool> member_joined = false;
  auto member = kafka::GroupMember::Join(
      {TestKafka(), release_ + "-tester", release_ + ".counter.inbox.v1", "tester", 6000},
      [&](const auto&, bool) { member_joined = true; });
  ASSERT_TRUE(member.ok());
  ASSERT_TRUE(WaitFor([&] { return member_joined.load(); }));
  auto producer = kafka::TransactionalProducer::Make({TestKafka(), release_ + "-tester"});
  ASSERT_TRUE(producer.ok()) << ToString(producer.status());
  v1::CounterMessage poison;
  poison.mutable_header()->set_to(IdIn(0));
  poison.set_poison(true);
  v1::CounterMessage good;
  good.mutable_header()->set_to(IdIn(0));
  good.mutable_header()->set_message_id("m1");
  good.set_by(6);
  const std::string topic = release_ + ".counter.inbox.v1";
  const auto result = (*producer)->Commit(
      {{topic, 0, "k", poison.SerializeAsString()}, {topic, 0, "k", std::string("\xff\xff\xff")},
       {topic, 0, "k", good.SerializeAsString()}},
      {topic, 0, 0, (*member)->Identity()});
  ASSERT_EQ(result.verdict, kafka::Verdict::kOk) << ToString(result.status);
  auto reader = MakeReader();
  EXPECT_TRUE(WaitFor([&] {
    auto read = reader->Get(IdIn(0));
    return read.ok() && *read != nullptr;
  }));
  auto letters = kafka::LogReader::Make(TestKafka());
  auto cursor = (*letters)->Open(release_ + ".counter.deadletter.v1", 0, kafka::LogReader::kBeginning);
  ASSERT_TRUE(cursor.ok());
  std::vector<std::string> reasons;
  EXPECT_TRUE(WaitFor([&] {
    auto next = (*cursor)->Next(absl::Milliseconds(200));
    if (next.ok() && *next) {
      ledger::v1::DeadLetter letter;
      EXPECT_TRUE(letter.ParseFromString(*(*next)->value));
      reasons.push_back(letter.reason());
    }
    return reasons.size() == 2;
  }));
  EXPECT_EQ(FoldLog().latest.at(IdIn(0)).counter().value(), 6);
}

}  // namespace
}  // namespace carillon::test
