// Who waits for a sender is told in its turn: each account once, each server with its share, and nobody is forgotten.
#include "services/publisher/effects/slot_lines.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace carillon::publisher::testing {
namespace {

constexpr char kOne[] = "https://one.example";
constexpr char kOther[] = "https://other.example";
constexpr absl::Duration kNow = absl::Seconds(100);

using Turns = std::vector<std::string>;

TEST(SlotLinesTest, ThoseWhoWaitAreToldInTheirOrderAndOnce) {
  SlotLines lines(2, 100);
  EXPECT_TRUE(lines.Keep("a", kOne, kNow));
  lines.Begin("a", kOne);
  for (const char* account : {"b", "c", "b", "d", "c"}) EXPECT_FALSE(lines.Keep(account, kOne, kNow)) << account;
  EXPECT_EQ(lines.End(kOne, kNow), Turns{"b"});
  EXPECT_TRUE(lines.Keep("b", kOne, kNow)) << "it is kept";
  lines.Begin("b", kOne);
  EXPECT_FALSE(lines.Keep("new", kOne, kNow)) << "nobody goes before those who wait";
  EXPECT_EQ(lines.End(kOne, kNow), Turns{"c"});
  lines.Begin("c", kOne);
  EXPECT_EQ(lines.End(kOne, kNow), Turns{"d"});
  lines.Begin("d", kOne);
  EXPECT_EQ(lines.End(kOne, kNow), Turns{"new"});
}

TEST(SlotLinesTest, WhatIsKeptForSomebodyWhoNeverComesGoesToTheNext) {
  SlotLines lines(2, 100);
  lines.Begin("a", kOne);
  EXPECT_FALSE(lines.Keep("gone", kOne, kNow));
  EXPECT_FALSE(lines.Keep("b", kOne, kNow));
  EXPECT_EQ(lines.End(kOne, kNow), Turns{"gone"});
  EXPECT_FALSE(lines.Keep("b", kOne, kNow + SlotLines::kKept - absl::Milliseconds(1)));
  EXPECT_TRUE(lines.Keep("b", kOne, kNow + SlotLines::kKept));
}

TEST(SlotLinesTest, WhereNothingIsUnderWayWhoeverAsksGoes) {
  SlotLines lines(2, 100);
  EXPECT_TRUE(lines.Keep("a", kOne, kNow));
  EXPECT_FALSE(lines.Keep("gone", kOne, kNow));
  // What was kept is not wanted any more, so that nothing ever ends.
  EXPECT_TRUE(lines.Keep("b", kOne, kNow + SlotLines::kKept));
  lines.Begin("b", kOne);
  EXPECT_EQ(lines.End(kOne, kNow + SlotLines::kKept), Turns{"gone"});
}

TEST(SlotLinesTest, AFullLineTellsThatByRefusing) {
  SlotLines lines(2, 1);
  lines.Begin("a", kOne);
  EXPECT_FALSE(lines.Keep("b", kOne, kNow));
  EXPECT_FALSE(lines.Keep("c", kOne, kNow));
  EXPECT_EQ(lines.End(kOne, kNow), Turns{"b"});
  lines.Begin("b", kOne);
  EXPECT_EQ(lines.End(kOne, kNow), Turns{}) << "the second one found no place";
}

TEST(SlotLinesTest, OneThatChangesItsServerLeavesNothingBehind) {
  SlotLines lines(2, 100);
  lines.Begin("a", kOne);
  EXPECT_FALSE(lines.Keep("b", kOne, kNow));
  EXPECT_TRUE(lines.Keep("b", kOther, kNow));
  lines.Begin("b", kOther);
  EXPECT_EQ(lines.End(kOne, kNow), Turns{}) << "it is in that line no more";
  EXPECT_EQ(lines.busy(), 1);
  EXPECT_EQ(lines.End(kOther, kNow), Turns{});
  EXPECT_EQ(lines.busy(), 0);
}

TEST(SlotLinesTest, OneThatWaitsWhereItIsNoMoreWaitsAnew) {
  SlotLines lines(4, 100);
  for (const char* account : {"a", "b", "c"}) lines.Begin(account, kOne);
  lines.Begin("d", kOther);
  EXPECT_FALSE(lines.Keep("e", kOne, kNow));
  EXPECT_FALSE(lines.Keep("e", kOther, kNow)) << "it was connected again, at the other one";
  EXPECT_EQ(lines.End(kOther, kNow), Turns{"e"}) << "the first one has its share";
  EXPECT_TRUE(lines.Keep("e", kOther, kNow));
}

// Accounts of some servers want to send again and again; one server hangs now and then. Each that waits gets its turn.
TEST(SlotLinesTest, NobodyIsForgottenAndTheBoundHolds) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    constexpr int kSlots = 8, kAccounts = 60;
    SlotLines lines(kSlots, 1'000);
    absl::Duration now = kNow;
    std::vector<int> left(kAccounts, 3);  // what each has still to send
    std::set<int> under_way;
    const auto server_of = [](int account) { return "https://s" + std::to_string(account % 3); };
    const auto start = [&](int account) {
      if (left[account] == 0 || under_way.contains(account)) return;
      if (!lines.Keep(std::to_string(account), server_of(account), now)) return;
      lines.Begin(std::to_string(account), server_of(account));
      under_way.insert(account);
      ASSERT_LE(under_way.size(), static_cast<size_t>(kSlots)) << seed;
    };
    for (int account = 0; account < kAccounts; ++account) start(account);
    int rounds = 0;
    while (!under_way.empty() && ++rounds < 10'000) {
      auto one = under_way.begin();
      std::advance(one, random() % under_way.size());
      const int account = *one;
      if (account % 3 == 0 && random() % 4 != 0) continue;
      under_way.erase(one);
      --left[account];
      now += absl::Milliseconds(random() % 100);
      for (const std::string& turn : lines.End(server_of(account), now)) start(std::stoi(turn));
      start(account);
    }
    EXPECT_TRUE(under_way.empty()) << seed;
    for (int account = 0; account < kAccounts; ++account) EXPECT_EQ(left[account], 0) << seed << ": account " << account;
    EXPECT_EQ(lines.busy(), 0);
  }
}

}  // namespace
}  // namespace carillon::publisher::testing
