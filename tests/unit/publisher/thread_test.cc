// A post with what follows it: one delivery for each part, each made when the one before is out.
#include "tests/unit/publisher/harness.h"

namespace carillon::publisher::testing {
namespace {

class ThreadTest : public ::testing::Test {
 protected:
  // A post, then `parts` more, then a comment if asked for; the first delivery.
  std::string PublishThread(int parts, bool comment = false) {
    account_ = h.Connect();
    v1::PublisherMessage message = h.Dispatch(account_, {.text = "one"});
    v1::Content& content = *message.mutable_dispatch()->mutable_content();
    for (int i = 0; i < parts; ++i) content.add_thread()->set_text("part " + std::to_string(i + 1));
    if (comment) content.mutable_first_comment()->set_text("and a comment");
    message.mutable_dispatch()->set_content_hash(content::ContentHash(content));
    EXPECT_TRUE(h.ledger.Deliver(message)) << ToString(h.ledger.last_status());
    order_ = message;
    return message.dispatch().delivery_id();
  }
  std::string Next(const std::string& id) { return h.Delivery(id).next_part_id(); }

  std::string account_;
  v1::PublisherMessage order_;
  Harness h;
};

TEST_F(ThreadTest, EachPartAnswersTheOneBeforeAndTheCommentThePost) {
  const std::string first = PublishThread(2, /*comment=*/true);
  ASSERT_EQ(h.sends.size(), 1u);
  EXPECT_EQ(h.sends[0]->delivery.dispatch().content().text(), "one");
  const std::vector<std::pair<std::string, std::string>> wanted = {
      {"part 1", "101"}, {"part 2", "102"}, {"and a comment", "101"}};
  for (size_t i = 0; i < wanted.size(); ++i) {
    h.Published(*h.sends[i], std::to_string(101 + i));
    // In the same decision: nothing of the account goes in between.
    ASSERT_EQ(h.sends.size(), i + 2);
    const v1::Dispatch& part = h.sends[i + 1]->delivery.dispatch();
    EXPECT_EQ(part.content().text(), wanted[i].first);
    EXPECT_EQ(part.content().in_reply_to_remote_id(), wanted[i].second);
    EXPECT_EQ(part.part(), static_cast<int>(i) + 1);
    EXPECT_EQ(part.thread_id(), first);
    EXPECT_EQ(part.content_hash(), content::ContentHash(part.content()));
  }
  h.Published(*h.sends[3], "104");
  h.Pass(absl::Minutes(1));
  EXPECT_EQ(h.sends.size(), 4u);
  EXPECT_EQ(h.Outcomes(), (std::vector<std::string>{"PUBLISHED", "PUBLISHED", "PUBLISHED", "PUBLISHED"}));
}

TEST_F(ThreadTest, WarningAndVisibilityHoldForAllPollAndQuoteForThePost) {
  account_ = h.Connect();
  v1::PublisherMessage message = h.Dispatch(account_, {.text = "one"});
  v1::Content& content = *message.mutable_dispatch()->mutable_content();
  content.set_visibility(v1::VISIBILITY_UNLISTED);
  content.set_content_warning("Bells");
  content.add_content_labels(v1::CONTENT_LABEL_NUDITY);
  content.mutable_poll()->add_options("a");
  content.mutable_poll()->add_options("b");
  content.mutable_poll()->set_duration_s(3600);
  content.add_thread()->set_text("two");
  content.mutable_first_comment()->set_text("three");
  message.mutable_dispatch()->set_content_hash(content::ContentHash(content));
  ASSERT_TRUE(h.ledger.Deliver(message)) << ToString(h.ledger.last_status());
  for (size_t i = 0; i < 3; ++i) {
    ASSERT_EQ(h.sends.size(), i + 1);
    const v1::Content& part = h.sends[i]->delivery.dispatch().content();
    EXPECT_EQ(part.visibility(), v1::VISIBILITY_UNLISTED);
    EXPECT_EQ(part.content_warning(), "Bells");
    EXPECT_EQ(part.content_labels_size(), 1);
    EXPECT_EQ(part.has_poll(), i == 0);
    EXPECT_EQ(h.sends[i]->delivery.dispatch().content_hash(), content::ContentHash(part));
    h.Published(*h.sends[i], std::to_string(101 + i));
  }
}

TEST_F(ThreadTest, AnOutcomeSaysWhichPartItIsOf) {
  const std::string first = PublishThread(1);
  h.Published(*h.sends[0], "101");
  h.Published(*h.sends[1], "102");
  std::vector<v1::DeliveryOutcome> outcomes;
  for (const ledger::OutMessage& message : h.ledger.TakeMessages()) {
    const auto* body = dynamic_cast<const scheduler::v1::SchedulerMessage*>(message.body.get());
    if (body != nullptr && body->has_outcome()) outcomes.push_back(body->outcome());
  }
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(outcomes[0].part(), 0);
  EXPECT_EQ(outcomes[0].delivery_id(), first);
  EXPECT_EQ(outcomes[1].part(), 1);
  EXPECT_EQ(outcomes[1].thread_id(), first);
  EXPECT_EQ(outcomes[1].post_id(), "post_1");
}

TEST_F(ThreadTest, APartGoesBeforeOtherPostsThatWait) {
  PublishThread(1);
  const std::string other = h.Publish(account_, {.text = "something else", .post = "post_2"});
  EXPECT_EQ(h.Delivery(other).waiting_for(), "ACCOUNT_BUSY");
  h.Published(*h.sends[0], "101");
  ASSERT_EQ(h.sends.size(), 2u);
  EXPECT_EQ(h.sends[1]->delivery.dispatch().content().text(), "part 1");
  h.Published(*h.sends[1], "102");
  ASSERT_EQ(h.sends.size(), 3u);
  EXPECT_EQ(h.sends[2]->delivery.id(), other);
}

TEST_F(ThreadTest, APartWhoseAnswerIsLostIsLookedUpAndThenFollowed) {
  const std::string first = PublishThread(2);
  h.Published(*h.sends[0], "101");
  h.Unknown(*h.sends[1]);
  const std::string part = Next(first);
  EXPECT_EQ(h.State(part), "CHECKING");
  EXPECT_EQ(Next(part), "");
  while (h.lookups.empty()) h.Pass(absl::Seconds(1));
  h.Looked(*h.lookups[0], v1::LOOKUP_RESULT_FOUND, "102");
  h.Pass(absl::Seconds(1));
  ASSERT_EQ(h.sends.size(), 3u);
  EXPECT_EQ(h.sends[2]->delivery.dispatch().content().in_reply_to_remote_id(), "102");
}

TEST_F(ThreadTest, APartThatIsRefusedEndsTheThread) {
  const std::string first = PublishThread(2);
  h.Published(*h.sends[0], "101");
  h.Refused(*h.sends[1], v1::REFUSAL_CLASS_INVALID_CONTENT);
  h.Pass(absl::Minutes(1));
  EXPECT_EQ(h.sends.size(), 2u);
  EXPECT_EQ(h.State(first), "PUBLISHED");
  EXPECT_EQ(h.State(Next(first)), "FAILED");
  EXPECT_EQ(Next(Next(first)), "");
}

// Half a thread is worse than a late one: the post's own lateness is not the parts'.
TEST_F(ThreadTest, APartOutlivesThePostsLateness) {
  const std::string first = PublishThread(1);
  h.gates.kill_switch = true;
  h.Published(*h.sends[0], "101");
  h.Pass(absl::Hours(1), absl::Seconds(20));
  EXPECT_EQ(h.State(Next(first)), "QUEUED");
  h.gates.kill_switch = false;
  h.Pass(absl::Minutes(1));
  ASSERT_EQ(h.sends.size(), 2u);
  EXPECT_EQ(h.sends[1]->delivery.id(), Next(first));
}

TEST_F(ThreadTest, APartThatWaitedTooLongIsHeldForAPerson) {
  const std::string first = PublishThread(1);
  h.gates.kill_switch = true;
  h.Published(*h.sends[0], "101");
  h.Pass(h.rules.thread_window + absl::Minutes(1), absl::Seconds(20));
  EXPECT_EQ(h.State(Next(first)), "HELD");
  h.gates.kill_switch = false;
  EXPECT_TRUE(h.Resolve(Next(first), "").status.ok());
  EXPECT_EQ(h.State(Next(first)), "SENDING");
}

TEST_F(ThreadTest, ACancelTakesBackWhatHasNotLeft) {
  const std::string first = PublishThread(2);
  h.gates.kill_switch = true;
  h.Published(*h.sends[0], "101");
  EXPECT_EQ(h.State(Next(first)), "QUEUED");
  EXPECT_TRUE(h.Cancel(first));
  EXPECT_EQ(h.State(first), "PUBLISHED");
  EXPECT_EQ(h.State(Next(first)), "CANCELLED");
  h.gates.kill_switch = false;
  h.Pass(absl::Minutes(1));
  EXPECT_EQ(h.sends.size(), 1u);
}

TEST_F(ThreadTest, NothingFollowsAPostThatWasCancelledOnItsWay) {
  const std::string first = PublishThread(2);
  EXPECT_TRUE(h.Cancel(first));
  h.Published(*h.sends[0], "101");
  h.Pass(absl::Minutes(1));
  EXPECT_EQ(h.State(first), "PUBLISHED");
  EXPECT_EQ(Next(first), "");
  EXPECT_EQ(h.sends.size(), 1u);
}

TEST_F(ThreadTest, TheSameOrderAgainMakesNoSecondThread) {
  const std::string first = PublishThread(1);
  h.Published(*h.sends[0], "101");
  h.Published(*h.sends[1], "102");
  EXPECT_TRUE(h.ledger.Deliver(order_));
  h.Pass(absl::Minutes(1));
  EXPECT_EQ(h.sends.size(), 2u);
  EXPECT_EQ(h.State(Next(first)), "PUBLISHED");
}

TEST_F(ThreadTest, AThreadLeavesTheAccountFree) {
  PublishThread(1);
  h.Published(*h.sends[0], "101");
  h.Published(*h.sends[1], "102");
  EXPECT_EQ(h.Account(account_).account.sending(), 0);
  EXPECT_EQ(h.Account(account_).account.waiting_size(), 0);
  EXPECT_EQ(h.Account(account_).account.open_size(), 0);
}

}  // namespace
}  // namespace carillon::publisher::testing
