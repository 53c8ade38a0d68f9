// Who goes next when many deliveries of one account wait.
#include "tests/unit/publisher/harness.h"

namespace carillon::publisher::testing {
namespace {

class WaitingTest : public ::testing::Test {
 protected:
  Harness h;
};

// One that was tried before, or that came late, may have little time left behind many that have much.
TEST_F(WaitingTest, WhoseTimeEndsFirstGoesFirst) {
  h.rules.burst = 1000;
  const std::string account = h.Connect();
  h.Publish(account, {.text = "the one that is SENDING", .post = "post_0"});
  constexpr int kPosts = 100;
  std::vector<std::string> by_end(kPosts);
  for (int i = 0; i < kPosts; ++i) {
    const int place = (i * 7) % kPosts;  // all places, in no order
    by_end[place] = h.Publish(account, {.text = std::to_string(i), .post = "post_" + std::to_string(i + 1),
                                        .not_after = absl::Minutes(10 + place)});
  }
  ASSERT_EQ(h.sends.size(), 1u);
  for (int i = 0; i < h.rules.waiting_max; ++i) {
    h.Published(*h.sends.back(), std::to_string(i));
    ASSERT_EQ(h.sends.size(), static_cast<size_t>(i + 2));
    EXPECT_EQ(h.sends.back()->delivery.id(), by_end[i]) << i;
  }
}

TEST_F(WaitingTest, ManyThatWaitAskSeldomAndStillInTime) {
  h.rules.burst = 1000;
  const std::string account = h.Connect();
  constexpr int kPosts = 100;
  std::vector<std::string> ids;
  for (int i = 0; i < kPosts; ++i) {
    ids.push_back(h.Publish(account, {.text = std::to_string(i), .post = "post_" + std::to_string(i),
                                      .not_after = absl::Minutes(15)}));
  }
  const size_t before = h.ledger.log().size();
  size_t answered = 0;
  for (int second = 0; second < 14 * 60 && answered < kPosts; ++second) {
    h.Pass(absl::Seconds(1));
    if (second % 8 == 0 && answered < h.sends.size()) {
      h.Published(*h.sends[answered], std::to_string(answered));
      ++answered;
    }
  }
  EXPECT_EQ(answered, static_cast<size_t>(kPosts)) << "the account was never idle";
  for (const std::string& id : ids) EXPECT_EQ(h.State(id), "PUBLISHED");
  // Three or so of each sending; the rest is waiting.
  EXPECT_LT(h.ledger.log().size() - before, static_cast<size_t>(kPosts * 45));
}

// Senders that are all busy: a record or two for each that waits, and the next one goes when it is told.
TEST_F(WaitingTest, WhoFindsNoSenderWaitsUntilItIsTold) {
  const std::string account = h.Connect();
  h.gates.has_slot = false;
  constexpr int kPosts = 10;
  for (int i = 0; i < kPosts; ++i) {
    h.Publish(account, {.text = std::to_string(i), .post = "post_" + std::to_string(i), .not_after = absl::Minutes(10 + i)});
  }
  const size_t before = h.ledger.log().size();
  h.Pass(absl::Seconds(29));
  EXPECT_EQ(h.ledger.log().size(), before) << "nobody asks";
  v1::SlotFreed freed;
  freed.set_account_id(account);
  ASSERT_TRUE(h.Do(account, freed).status.ok());
  EXPECT_EQ(h.ledger.log().size(), before) << "somebody else was quicker: nothing of that is worth a record";
  h.gates.has_slot = true;
  ASSERT_TRUE(h.Do(account, freed).status.ok());
  ASSERT_EQ(h.sends.size(), 1u);
  EXPECT_EQ(h.sends.back()->delivery.dispatch().content().text(), "0");
  ASSERT_TRUE(h.Do(account, freed).status.ok());
  ASSERT_EQ(h.sends.size(), 1u) << "one at a time";
  h.gates.has_slot = false;
  h.Published(*h.sends.back(), "r0");
  ASSERT_EQ(h.sends.size(), 1u);
  EXPECT_LE(h.ledger.log().size(), before + 4) << "two when it began, two when it ended; none for those who go on waiting";
  h.gates.has_slot = true;
  ASSERT_TRUE(h.Do(account, freed).status.ok());
  ASSERT_EQ(h.sends.size(), 2u);
  EXPECT_EQ(h.sends.back()->delivery.dispatch().content().text(), "1");
}

// If nobody tells it, for its shard has moved: it asks by itself.
TEST_F(WaitingTest, WhoIsNotToldAsksItself) {
  const std::string account = h.Connect();
  h.gates.has_slot = false;
  h.Publish(account, {.not_after = absl::Minutes(10)});
  h.gates.has_slot = true;
  h.Pass(absl::Seconds(40));
  EXPECT_EQ(h.sends.size(), 1u);
}

}  // namespace
}  // namespace carillon::publisher::testing
