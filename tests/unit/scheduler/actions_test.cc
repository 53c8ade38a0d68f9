// What is done to a post that is out there: deleted, part after part, or edited once that is approved.
#include <gmock/gmock.h>

#include "common/content/content.h"
#include "services/scheduler/domain/post_actions.h"
#include "tests/unit/scheduler/world.h"

namespace carillon::scheduler {
namespace {

using namespace publisher::v1;  // NOLINT: DELIVERY_STATE_...
using ::testing::IsEmpty;

class PostActionsTest : public ::testing::Test {
 protected:
  // A post that is published on these accounts, with `parts` that follow it.
  void Publish(std::vector<std::string> accounts = {kAccountA}, int parts = 0) {
    v1::PostDraft draft = DraftAt(world.clock.Now() + absl::Hours(1), std::move(accounts));
    for (int i = 0; i < parts; ++i) draft.mutable_content()->add_thread()->set_text("and more");
    PublishDraft(draft);
  }
  void PublishDraft(const v1::PostDraft& draft) {
    id = world.Create(draft, true);
    world.clock.Advance(absl::Hours(1));
    world.ledger.RunDue();
    const v1::Post post = world.Post(id);
    for (int i = 0; i < post.targets_size(); ++i) {
      ASSERT_TRUE(world.Outcome(id, DELIVERY_STATE_PUBLISHED, 3, i));
    }
    world.TakeSent();
  }
  bool PartPublished(int number) {
    const v1::Target target = world.Post(id).targets(0);
    v1::SchedulerMessage message;
    message.mutable_header()->set_to(id);
    message.mutable_header()->set_message_id("part" + std::to_string(number));
    DeliveryOutcome& outcome = *message.mutable_outcome();
    outcome.set_delivery_id(MakeId("dlv", {target.id(), "part", std::to_string(number)}, target.account_id()));
    outcome.set_account_id(target.account_id());
    outcome.set_thread_id(target.id());
    outcome.set_part(number);
    outcome.set_state(DELIVERY_STATE_PUBLISHED);
    outcome.set_remote_id("remote" + std::to_string(number));
    outcome.set_version(3);
    return world.ledger.Deliver(message);
  }
  Status Delete(const std::string& account = "") {
    v1::DeletePostRequest request;
    request.set_id(id);
    request.set_account_id(account);
    return world.Run(id, request).status;
  }
  // The publisher's answer to an order.
  bool Answer(const Dispatch& order, DeliveryState state, uint64_t version = 2) {
    v1::SchedulerMessage message;
    message.mutable_header()->set_to(id);
    message.mutable_header()->set_message_id(order.delivery_id() + std::to_string(version));
    DeliveryOutcome& outcome = *message.mutable_outcome();
    outcome.set_delivery_id(order.delivery_id());
    outcome.set_account_id(order.account_id());
    outcome.set_action(order.action());
    outcome.set_state(state);
    outcome.set_version(version);
    *outcome.mutable_at() = ToProto(world.clock.Now());
    if (state == DELIVERY_STATE_FAILED) outcome.set_error_reason("PERMANENT");
    return world.ledger.Deliver(message);
  }

  World world;
  std::string id;
};

TEST_F(PostActionsTest, ADeletionIsOneOrderForEachPublishedTarget) {
  Publish({kAccountA, kAccountB});
  ASSERT_TRUE(Delete().ok());
  const auto sent = world.TakeSent();
  ASSERT_EQ(sent.dispatches.size(), 2u);
  const Dispatch& order = sent.dispatches[0];
  const v1::Target target = world.Post(id).targets(0);
  EXPECT_EQ(order.action(), ACTION_KIND_DELETE);
  EXPECT_EQ(order.target_remote_id(), "remote");
  EXPECT_EQ(order.target_delivery_id(), target.id());
  EXPECT_EQ(order.delivery_id(), MakeId("dlv", {target.id(), "delete", "1"}, kAccountA));
  EXPECT_EQ(order.approved_by(), "tester");
  EXPECT_EQ(order.content_hash(), content::DispatchHash(order));
  EXPECT_EQ(FromProto(order.not_after()), world.clock.Now() + kActionNotAfter);
  EXPECT_EQ(world.State(id), "PUBLISHED");
  ASSERT_TRUE(Answer(order, DELIVERY_STATE_DONE));
  EXPECT_EQ(world.TargetStateOf(id, 0), "DELETED");
  EXPECT_EQ(world.State(id), "PARTIALLY_PUBLISHED");
  ASSERT_TRUE(Answer(sent.dispatches[1], DELIVERY_STATE_DONE));
  EXPECT_EQ(world.State(id), "DELETED");
}

TEST_F(PostActionsTest, ItStillCountsAsPublishedAndItsEndIsTold) {
  Publish();
  ASSERT_TRUE(Delete().ok());
  const auto order = world.TakeSent().dispatches.at(0);
  ASSERT_TRUE(Answer(order, DELIVERY_STATE_DONE));
  const auto samples = world.TakeSent().samples;
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].state(), "PUBLISHED");
  EXPECT_EQ(FromProto(samples[0].deleted_at()), world.clock.Now());
}

TEST_F(PostActionsTest, OnlyOnOneAccount) {
  Publish({kAccountA, kAccountB});
  ASSERT_TRUE(Delete(kAccountB).ok());
  const auto sent = world.TakeSent();
  ASSERT_EQ(sent.dispatches.size(), 1u);
  EXPECT_EQ(sent.dispatches[0].account_id(), kAccountB);
}

TEST_F(PostActionsTest, AThreadGoesFromItsEnd) {
  Publish({kAccountA}, 2);
  ASSERT_TRUE(PartPublished(1));
  ASSERT_TRUE(PartPublished(2));
  ASSERT_TRUE(Delete().ok());
  std::vector<std::string> deleted;
  for (auto sent = world.TakeSent(); !sent.dispatches.empty(); sent = world.TakeSent()) {
    ASSERT_EQ(sent.dispatches.size(), 1u);
    EXPECT_THAT(sent.cancels, IsEmpty());
    deleted.push_back(sent.dispatches[0].target_remote_id());
    ASSERT_TRUE(Answer(sent.dispatches[0], DELIVERY_STATE_DONE));
  }
  EXPECT_EQ(deleted, (std::vector<std::string>{"remote2", "remote1", "remote"}));
  EXPECT_EQ(world.State(id), "DELETED");
  EXPECT_EQ(world.Post(id).targets(0).parts(1).state(), v1::TARGET_STATE_DELETED);
}

TEST_F(PostActionsTest, WhatIsStillToFollowIsWithdrawnAndDeletedIfItGotOut) {
  Publish({kAccountA}, 1);
  ASSERT_TRUE(Delete().ok());
  const auto sent = world.TakeSent();
  ASSERT_EQ(sent.cancels.size(), 1u);
  EXPECT_EQ(sent.cancels[0].delivery_id(), world.Post(id).targets(0).id());
  ASSERT_EQ(sent.dispatches.size(), 1u);
  ASSERT_TRUE(PartPublished(1));
  EXPECT_THAT(world.TakeSent().dispatches, IsEmpty()) << "one after another";
  ASSERT_TRUE(Answer(sent.dispatches[0], DELIVERY_STATE_DONE));
  const auto part = world.TakeSent().dispatches;
  ASSERT_EQ(part.size(), 1u);
  EXPECT_EQ(part[0].target_remote_id(), "remote1");
}

TEST_F(PostActionsTest, AnUnansweredOrderIsSentAgain) {
  Publish();
  ASSERT_TRUE(Delete().ok());
  const auto first = world.TakeSent().dispatches;
  world.clock.Advance(absl::Seconds(61));
  world.ledger.RunDue();
  const auto again = world.TakeSent().dispatches;
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].SerializeAsString(), first[0].SerializeAsString());
  ASSERT_TRUE(Answer(again[0], DELIVERY_STATE_DONE));
  world.clock.Advance(absl::Hours(1));
  world.ledger.RunDue();
  EXPECT_THAT(world.TakeSent().dispatches, IsEmpty());
}

TEST_F(PostActionsTest, WhatFailedIsShownAndTriedAgainWhenItIsAskedForAgain) {
  Publish();
  ASSERT_TRUE(Delete().ok());
  const auto first = world.TakeSent().dispatches.at(0);
  ASSERT_TRUE(Answer(first, DELIVERY_STATE_FAILED));
  EXPECT_EQ(world.State(id), "PUBLISHED");
  EXPECT_EQ(world.Post(id).targets(0).deletion().error_reason(), "PERMANENT");
  EXPECT_THAT(world.TakeSent().dispatches, IsEmpty());
  ASSERT_TRUE(Delete().ok());
  const auto second = world.TakeSent().dispatches.at(0);
  EXPECT_NE(second.delivery_id(), first.delivery_id());
  ASSERT_TRUE(Answer(second, DELIVERY_STATE_DONE));
  EXPECT_EQ(world.State(id), "DELETED");
}

TEST_F(PostActionsTest, AskedForTwiceItIsOneOrder) {
  Publish();
  ASSERT_TRUE(Delete().ok());
  world.TakeSent();
  ASSERT_TRUE(Delete().ok());
  EXPECT_THAT(world.TakeSent().dispatches, IsEmpty());
}

TEST_F(PostActionsTest, NothingPublishedNothingDeleted) {
  id = world.Create(DraftAt(world.clock.Now() + absl::Hours(1)), true);
  EXPECT_EQ(ReasonOf(Delete()), "NOT_PUBLISHED");
  Publish({kAccountA});
  EXPECT_EQ(ReasonOf(Delete(kAccountB)), "NOT_PUBLISHED");
}

TEST_F(PostActionsTest, ADeletedPostIsNeitherPublishedAgainNorUndeletedByALateWord) {
  Publish();
  ASSERT_TRUE(Delete().ok());
  ASSERT_TRUE(Answer(world.TakeSent().dispatches.at(0), DELIVERY_STATE_DONE));
  ASSERT_TRUE(world.Outcome(id, DELIVERY_STATE_PUBLISHED, 9));
  EXPECT_EQ(world.State(id), "DELETED");
  EXPECT_FALSE(world.Reschedule(id, world.clock.Now() + absl::Hours(1)).ok());
  EXPECT_FALSE(world.Edit(id, "other").ok());
}

TEST_F(PostActionsTest, AnEditOfWhatIsPublishedNeedsApproval) {
  Publish({kAccountA, kAccountB});
  ASSERT_TRUE(world.Edit(id, "Corrected").ok());
  EXPECT_THAT(world.TakeSent().dispatches, IsEmpty());
  EXPECT_EQ(world.State(id), "PUBLISHED");
  ASSERT_TRUE(world.Approve(id).ok());
  const auto orders = world.TakeSent().dispatches;
  ASSERT_EQ(orders.size(), 2u);
  EXPECT_EQ(orders[0].action(), ACTION_KIND_EDIT);
  EXPECT_EQ(orders[0].content().text(), "Corrected");
  EXPECT_EQ(orders[0].content_hash(), content::DispatchHash(orders[0]));
  EXPECT_EQ(orders[0].target_remote_id(), "remote");
  ASSERT_TRUE(Answer(orders[0], DELIVERY_STATE_DONE));
  ASSERT_TRUE(Answer(orders[1], DELIVERY_STATE_FAILED));
  EXPECT_EQ(world.Post(id).targets(0).content_hash(), world.Post(id).content_hash());
  EXPECT_NE(world.Post(id).targets(1).content_hash(), world.Post(id).content_hash());
  EXPECT_THAT(world.TakeSent().dispatches, IsEmpty());
  // Approved once more: what failed is tried again, and only that.
  ASSERT_TRUE(world.Approve(id).ok());
  const auto again = world.TakeSent().dispatches;
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].account_id(), kAccountB);
  EXPECT_NE(again[0].delivery_id(), orders[1].delivery_id());
}

TEST_F(PostActionsTest, AnEditMayGiveThePostAnotherId) {
  Publish();
  ASSERT_TRUE(world.Edit(id, "one").ok());
  ASSERT_TRUE(world.Approve(id).ok());
  const auto edit = world.TakeSent().dispatches.at(0);
  publisher::v1::DeliveryOutcome outcome;
  outcome.set_delivery_id(edit.delivery_id());
  outcome.set_account_id(edit.account_id());
  outcome.set_post_id(id);
  outcome.set_action(ACTION_KIND_EDIT);
  outcome.set_state(DELIVERY_STATE_DONE);
  outcome.set_remote_id("remote2");
  outcome.set_remote_url("https://x.com/i/web/status/remote2");
  outcome.set_version(9);
  v1::SchedulerMessage message;
  message.mutable_header()->set_to(id);
  *message.mutable_outcome() = outcome;
  ASSERT_TRUE(world.ledger.Deliver(message));
  EXPECT_EQ(world.Post(id).targets(0).remote_id(), "remote2");
  EXPECT_EQ(world.Post(id).targets(0).remote_url(), "https://x.com/i/web/status/remote2");
  ASSERT_TRUE(world.Edit(id, "two").ok());
  ASSERT_TRUE(world.Approve(id).ok());
  EXPECT_EQ(world.TakeSent().dispatches.at(0).target_remote_id(), "remote2");
}

TEST_F(PostActionsTest, AnEditDuringAnEditWaitsForItsAnswer) {
  Publish();
  ASSERT_TRUE(world.Edit(id, "one").ok());
  ASSERT_TRUE(world.Approve(id).ok());
  const auto first = world.TakeSent().dispatches.at(0);
  ASSERT_TRUE(world.Edit(id, "two").ok());
  ASSERT_TRUE(world.Approve(id).ok());
  EXPECT_THAT(world.TakeSent().dispatches, IsEmpty());
  ASSERT_TRUE(Answer(first, DELIVERY_STATE_DONE));
  const auto second = world.TakeSent().dispatches;
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].content().text(), "two");
}

TEST_F(PostActionsTest, OnlyTheTextOfThePostItselfCanBeEdited) {
  Publish({kAccountA}, 1);
  EXPECT_EQ(ReasonOf(world.Edit(id, "without its thread")), "EDIT_TOO_MUCH");
}

// The platform is told all of the post again, so the order has all of it.
TEST_F(PostActionsTest, TheFormsOfAPostStayAsTheyWerePublished) {
  v1::PostDraft draft = DraftAt(world.clock.Now() + absl::Hours(1));
  draft.mutable_content()->set_visibility(VISIBILITY_UNLISTED);
  draft.mutable_content()->set_content_warning("Bells");
  draft.mutable_content()->mutable_poll()->add_options("small");
  draft.mutable_content()->mutable_poll()->add_options("large");
  draft.mutable_content()->mutable_poll()->set_duration_s(3600);
  PublishDraft(draft);
  EXPECT_EQ(ReasonOf(world.Edit(id, "without them")), "EDIT_TOO_MUCH");
  v1::EditPostRequest request;
  *request.mutable_content() = draft.content();
  request.mutable_content()->mutable_poll()->set_options(1, "huge");
  EXPECT_EQ(ReasonOf(world.Run(id, request).status), "EDIT_TOO_MUCH");
  *request.mutable_content() = draft.content();
  request.mutable_content()->set_text("Corrected");
  ASSERT_TRUE(world.Run(id, request).status.ok());
  ASSERT_TRUE(world.Approve(id).ok());
  const auto orders = world.TakeSent().dispatches;
  ASSERT_EQ(orders.size(), 1u);
  EXPECT_EQ(orders[0].content().SerializeAsString(), request.content().SerializeAsString());
}

TEST_F(PostActionsTest, AnEditSentAgainIsWhatWasApproved) {
  Publish();
  ASSERT_TRUE(world.Edit(id, "one").ok());
  ASSERT_TRUE(world.Approve(id).ok());
  const auto first = world.TakeSent().dispatches.at(0);
  ASSERT_TRUE(world.Edit(id, "not approved").ok());
  world.clock.Advance(absl::Seconds(61));
  world.ledger.RunDue();
  for (const Dispatch& again : world.TakeSent().dispatches) {
    EXPECT_EQ(again.content().text(), first.content().text());
  }
}

}  // namespace
}  // namespace carillon::scheduler
