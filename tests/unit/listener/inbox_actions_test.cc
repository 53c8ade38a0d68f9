// What is done to inbox items, and what becomes of posts that were taken away.
#include "services/listener/domain/inbox_actions.h"

#include <gtest/gtest.h>

#include "common/content/content.h"
#include "tests/unit/listener/harness.h"

namespace carillon::listener {
namespace {

using namespace publisher::v1;  // NOLINT: ACTION_KIND_...
using testing::AddSignal;
using testing::Harness;
using testing::kAccount;

class InboxActionsTest : public ::testing::Test {
 protected:
  InboxActionsTest() {
    harness_.Connect();
    v1::PollReport report = harness_.Report(*harness_.StartPoll(), "1");
    AddSignal(report, v1::SIGNAL_KIND_REPLY, "s1", "s1");
    EXPECT_TRUE(harness_.HandIn(report).ok());
    harness_.Sent<v1::SignalEvent>();
  }
  ledger::Answer Act(const std::string& request_id, ActionKind action) {
    v1::ActOnInboxItemRequest request;
    request.set_request_id(request_id);
    request.set_id(id_);
    request.set_action(action);
    return harness_.ledger.Command("acme", request_id, id_, request);
  }
  bool Outcome(const Dispatch& order, DeliveryState state, uint64_t version) {
    v1::ListenerMessage message;
    message.mutable_header()->set_to(id_);
    DeliveryOutcome& outcome = *message.mutable_outcome();
    outcome.set_delivery_id(order.delivery_id());
    outcome.set_action(order.action());
    outcome.set_state(state);
    outcome.set_version(version);
    return harness_.ledger.Deliver(message);
  }
  std::vector<Dispatch> Orders() {
    std::vector<Dispatch> out;
    for (const PublisherMessage& message : harness_.Sent<PublisherMessage>()) out.push_back(message.dispatch());
    return out;
  }
  v1::InboxItem Item() { return harness_.Item("s1"); }

  Harness harness_;
  const std::string id_ = InboxItemId(kAccount, "s1");
};

TEST_F(InboxActionsTest, ALikeIsOrderedFromThePublisher) {
  ASSERT_TRUE(Act("r1", ACTION_KIND_LIKE).status.ok());
  const auto orders = Orders();
  ASSERT_EQ(orders.size(), 1u);
  EXPECT_EQ(orders[0].delivery_id(), MakeId("dlv", {id_, "r1"}, kAccount));
  EXPECT_EQ(orders[0].action(), ACTION_KIND_LIKE);
  EXPECT_EQ(orders[0].target_remote_id(), "s1");
  EXPECT_EQ(orders[0].approved_by(), "tester");
  EXPECT_EQ(orders[0].content_hash(), content::DispatchHash(orders[0]));
  EXPECT_EQ(orders[0].answer_to(), "listener");
  EXPECT_EQ(FromProto(orders[0].not_after()), harness_.clock.Now() + kActionNotAfter);
  EXPECT_EQ(Item().state(), v1::INBOX_STATE_OPEN) << "a like is no answer";
  ASSERT_TRUE(Outcome(orders[0], DELIVERY_STATE_DONE, 2));
  EXPECT_EQ(Item().actions(0).state(), DELIVERY_STATE_DONE);
}

TEST_F(InboxActionsTest, TheLatestWishOfAKindIsKeptAndIsTheLatestByItsTime) {
  ASSERT_TRUE(Act("r1", ACTION_KIND_LIKE).status.ok());
  ASSERT_TRUE(Act("r2", ACTION_KIND_UNLIKE).status.ok());
  ASSERT_TRUE(Act("r3", ACTION_KIND_HIDE).status.ok());
  const auto orders = Orders();
  ASSERT_EQ(orders.size(), 3u);
  EXPECT_GT(FromProto(orders[1].due_at()), FromProto(orders[0].due_at())) << "at the same moment";
  ASSERT_EQ(Item().actions_size(), 2);
  EXPECT_EQ(Item().actions(0).action(), ACTION_KIND_UNLIKE);
  ASSERT_TRUE(Outcome(orders[0], DELIVERY_STATE_DONE, 2)) << "of a wish that was replaced";
  EXPECT_EQ(Item().actions(0).state(), DELIVERY_STATE_UNSPECIFIED);
}

TEST_F(InboxActionsTest, TheSameRequestIsOneOrder) {
  ASSERT_TRUE(Act("r1", ACTION_KIND_LIKE).status.ok());
  EXPECT_TRUE(Act("r1", ACTION_KIND_LIKE).repeated);
  EXPECT_EQ(Orders().size(), 1u);
}

TEST_F(InboxActionsTest, AnUnansweredOrderIsSentAgainUntilItIsAnswered) {
  ASSERT_TRUE(Act("r1", ACTION_KIND_REPOST).status.ok());
  const auto first = Orders();
  harness_.clock.Advance(absl::Minutes(5));
  harness_.ledger.RunDue();
  const auto again = Orders();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].SerializeAsString(), first[0].SerializeAsString());
  ASSERT_TRUE(Outcome(again[0], DELIVERY_STATE_FAILED, 3));
  ASSERT_TRUE(Outcome(again[0], DELIVERY_STATE_DONE, 2)) << "older";
  EXPECT_EQ(Item().actions(0).state(), DELIVERY_STATE_FAILED);
  harness_.clock.Advance(absl::Hours(2));
  harness_.ledger.RunDue();
  EXPECT_TRUE(Orders().empty());
}

TEST_F(InboxActionsTest, Refusals) {
  EXPECT_EQ(ReasonOf(Act("r1", ACTION_KIND_DELETE).status), "BAD_ACTION");
  EXPECT_EQ(ReasonOf(Act("r2", ACTION_KIND_UNSPECIFIED).status), "BAD_ACTION");
  harness_.Connect(2, false);
  EXPECT_EQ(ReasonOf(Act("r3", ACTION_KIND_LIKE).status), "ACCOUNT_NOT_CONNECTED");
}

TEST_F(InboxActionsTest, ADeletedPostIsNotAskedForAgain) {
  ASSERT_TRUE(harness_.Published("post_1", "77"));
  v1::ListenerMessage message;
  message.mutable_header()->set_to(CollectionId(kAccount));
  message.mutable_post_deleted()->set_account_id(kAccount);
  message.mutable_post_deleted()->set_remote_id("77");
  ASSERT_TRUE(harness_.ledger.Deliver(message));
  EXPECT_TRUE(harness_.Tracked("77").has_deleted_at());
  EXPECT_TRUE(harness_.Tracked("77").gone());
  EXPECT_FALSE(harness_.Tracked("77").has_next_sample_at());
  // A poll that had read it before tells of it after.
  harness_.clock.Advance(absl::Minutes(1));
  const auto job = harness_.StartPoll();
  ASSERT_NE(job, nullptr);
  v1::PollReport report = harness_.Report(*job, "2");
  v1::PostSample& sample = *report.add_samples();
  sample.set_remote_id("77");
  *sample.mutable_posted_at() = ToProto(harness_.clock.Now());
  sample.mutable_metrics()->set_favourites(3);
  ASSERT_TRUE(harness_.HandIn(report).ok());
  EXPECT_FALSE(harness_.Tracked("77").has_next_sample_at());
}

}  // namespace
}  // namespace carillon::listener
