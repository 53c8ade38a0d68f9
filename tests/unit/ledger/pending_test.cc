// What a command that waits is told: never "nothing was done" once it may have been.
#include "common/ledger/pending.h"

#include <gtest/gtest.h>

namespace carillon::ledger {
namespace {

class PendingTest : public ::testing::Test {
 protected:
  PendingPtr Make(absl::Time deadline) {
    auto item = std::make_shared<Pending>();
    item->deadline = deadline;
    item->done = [this](Answer answer) { answers_.push_back(std::move(answer)); };
    return item;
  }
  const absl::Time now_ = absl::FromUnixSeconds(1000);
  PendingQueue queue_{2};
  std::vector<Answer> answers_;
};

TEST_F(PendingTest, FullRefuses) {
  EXPECT_TRUE(queue_.Push(Make(now_)));
  EXPECT_TRUE(queue_.Push(Make(now_)));
  EXPECT_FALSE(queue_.Push(Make(now_)));
}

TEST_F(PendingTest, WaitingPastTheDeadlineIsARefusal) {
  queue_.Push(Make(now_));
  queue_.Push(Make(now_ + absl::Seconds(1)));
  queue_.Expire(now_);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(ReasonOf(answers_[0].status), "DEADLINE_BEFORE_DECISION");
  EXPECT_EQ(queue_.size(), 1u);
}

TEST_F(PendingTest, TakenPastTheDeadlineIsUnknown) {
  queue_.Push(Make(now_));
  const auto taken = queue_.Take(10);
  queue_.Expire(now_);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].status.code(), Code::kDeadlineExceeded);
  EXPECT_FALSE(GetErrorInfo(answers_[0].status).has_value());
}

TEST_F(PendingTest, CommittedAnswersOkAtTheDeadlineThoughRedisIsAway) {
  queue_.Push(Make(now_));
  const auto taken = queue_.Take(10);
  queue_.Committed(taken[0], Answer{});
  queue_.Expire(now_);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_TRUE(answers_[0].status.ok());
}

TEST_F(PendingTest, PutBackAfterAnUncertainCommitIsNeverCalledRefused) {
  queue_.Push(Make(now_ + absl::Hours(1)));
  auto taken = queue_.Take(10);
  taken[0]->maybe_logged = true;
  queue_.PushFront(taken);
  queue_.FailAll(Refuse(Code::kUnavailable, "NOT_OWNER", "moved"));
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_FALSE(GetErrorInfo(answers_[0].status).has_value());
}

TEST_F(PendingTest, EachIsAnsweredOnce) {
  queue_.Push(Make(now_));
  auto taken = queue_.Take(10);
  taken[0]->Finish(Answer{});
  queue_.Expire(now_);
  queue_.FailAll(MakeStatus(Code::kUnavailable, "x"));
  EXPECT_EQ(answers_.size(), 1u);
}

}  // namespace
}  // namespace carillon::ledger
