// What is done to posts that are out there: lost answers, later wishes, restored logs.
#include <gmock/gmock.h>

#include "services/publisher/domain/attempts.h"
#include "tests/unit/publisher/harness.h"

namespace carillon::publisher::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ActionsTest : public ::testing::Test {
 protected:
  // A wish uttered now; its order arrives now, or was held up.
  v1::PublisherMessage Wish(v1::ActionKind action, const std::string& target = "77", const std::string& published_by = "") {
    v1::PublisherMessage message;
    v1::Dispatch& dispatch = *message.mutable_dispatch();
    const std::string id = MakeId("dlv", {"wish", std::to_string(++wishes_)}, account_);
    message.mutable_header()->set_to(id);
    dispatch.set_delivery_id(id);
    dispatch.set_account_id(account_);
    dispatch.set_org_id(kOrg);
    dispatch.set_brand_id(kBrand);
    dispatch.set_post_id("post_1");
    dispatch.set_action(action);
    dispatch.set_target_remote_id(target);
    dispatch.set_target_delivery_id(published_by);
    dispatch.set_content_hash(content::DispatchHash(dispatch));
    dispatch.set_approved_by("ann");
    *dispatch.mutable_due_at() = ToProto(h.clock.Now());
    *dispatch.mutable_not_before() = dispatch.due_at();
    *dispatch.mutable_not_after() = ToProto(h.clock.Now() + absl::Hours(24));
    dispatch.set_answer_to("scheduler");
    return message;
  }
  std::string Take(const v1::PublisherMessage& message) {
    EXPECT_TRUE(h.ledger.Deliver(message)) << ToString(h.ledger.last_status());
    return message.dispatch().delivery_id();
  }
  std::string Act(v1::ActionKind action, const std::string& target = "77") { return Take(Wish(action, target)); }
  void Done(const SendJob& job) { h.Published(job, job.delivery.dispatch().target_remote_id()); }
  const SendJob& Last() { return *h.sends.back(); }

  Harness h;
  const std::string account_ = h.Connect();
  int wishes_ = 0;
};

TEST_F(ActionsTest, ADeletionIsDoneAndTheListenerHearsOfIt) {
  const std::string id = Act(v1::ACTION_KIND_DELETE);
  ASSERT_EQ(h.sends.size(), 1u);
  h.Outcomes();
  h.others.clear();
  Done(Last());
  EXPECT_EQ(h.State(id), "DONE");
  EXPECT_THAT(h.Outcomes(), ElementsAre("DONE"));
  ASSERT_EQ(h.others.size(), 1u);
  const auto& body = dynamic_cast<const listener::v1::ListenerMessage&>(*h.others[0].body);
  EXPECT_EQ(body.post_deleted().remote_id(), "77");
  EXPECT_EQ(h.Account(account_).account.open_size(), 0);
}

TEST_F(ActionsTest, ALostAnswerIsRepeatedWithoutALookUp) {
  const std::string id = Act(v1::ACTION_KIND_DELETE);
  h.Unknown(*h.sends[0]);
  EXPECT_EQ(h.State(id), "QUEUED");
  h.Pass(absl::Seconds(3));
  ASSERT_EQ(h.sends.size(), 2u);
  EXPECT_THAT(h.lookups, IsEmpty());
  Done(*h.sends[1]);
  EXPECT_EQ(h.State(id), "DONE");
  EXPECT_EQ(h.Delivery(id).attempt_count(), 2);
}

TEST_F(ActionsTest, ACrashIsRepeatedNotBeforeTheMargin) {
  const std::string id = Act(v1::ACTION_KIND_LIKE);
  h.Pass(h.rules.send_budget + h.rules.judge_margin - absl::Seconds(1));
  ASSERT_EQ(h.sends.size(), 1u);
  h.Pass(absl::Seconds(3));
  ASSERT_EQ(h.sends.size(), 2u);
  EXPECT_EQ(h.State(id), "SENDING");
}

TEST_F(ActionsTest, ALateAnswerOfTheFirstAttemptEndsIt) {
  const std::string id = Act(v1::ACTION_KIND_LIKE);
  h.Pass(h.rules.send_budget + h.rules.judge_margin + absl::Milliseconds(500));
  Done(*h.sends[0]);
  EXPECT_EQ(h.State(id), "DONE");
  h.Pass(absl::Minutes(1));
  EXPECT_EQ(h.sends.size(), 1u);
}

TEST_F(ActionsTest, WhenNobodyEverAnswersAPersonHearsThatItIsUnknown) {
  const std::string id = Act(v1::ACTION_KIND_LIKE);
  for (int i = 0; i < 3000 && h.State(id) != "UNCONFIRMED"; ++i) {
    if (h.State(id) == "SENDING") h.Unknown(Last());
    h.Pass(absl::Seconds(30), absl::Seconds(30));
  }
  EXPECT_EQ(h.State(id), "UNCONFIRMED");
  // It holds up nothing but what is about the same.
  EXPECT_EQ(h.Account(account_).account.open_size(), 0);
  EXPECT_EQ(h.Resolve(id, "").status.code(), Code::kFailedPrecondition);
  EXPECT_EQ(h.State(h.Publish(account_)), "SENDING");
}

TEST_F(ActionsTest, ARefusalFails) {
  const std::string id = Act(v1::ACTION_KIND_REPOST);
  h.Refused(Last(), v1::REFUSAL_CLASS_PERMANENT);
  EXPECT_EQ(h.State(id), "FAILED");
}

TEST_F(ActionsTest, ARefusalAfterALostAnswerProvesNothing) {
  const std::string id = Act(v1::ACTION_KIND_REPOST);
  h.Unknown(Last());
  h.Pass(absl::Seconds(3));
  h.Refused(Last(), v1::REFUSAL_CLASS_PERMANENT);
  EXPECT_EQ(h.State(id), "UNCONFIRMED");
}

TEST_F(ActionsTest, WhatThePlatformHasAlreadyIsDone) {
  const std::string id = Act(v1::ACTION_KIND_LIKE);
  h.Refused(Last(), v1::REFUSAL_CLASS_DUPLICATE);
  EXPECT_EQ(h.State(id), "DONE");
}

TEST_F(ActionsTest, ALimitOfDeletionsKeepsNoPostWaiting) {
  const std::string id = Act(v1::ACTION_KIND_DELETE);
  h.Refused(Last(), v1::REFUSAL_CLASS_RATE_LIMITED, absl::Minutes(20));
  EXPECT_EQ(h.State(id), "QUEUED");
  EXPECT_EQ(h.State(h.Publish(account_)), "SENDING");
  h.Published(Last(), "78");
  h.Pass(absl::Minutes(19));
  EXPECT_EQ(h.State(id), "QUEUED");
  h.Pass(absl::Minutes(2));
  EXPECT_EQ(h.State(id), "SENDING");
}

TEST_F(ActionsTest, TheGatesHoldForActionsToo) {
  h.gates.kill_switch = true;
  const std::string id = Act(v1::ACTION_KIND_DELETE);
  h.Pass(absl::Minutes(2));
  EXPECT_THAT(h.sends, IsEmpty());
  EXPECT_EQ(h.Delivery(id).waiting_for(), "KILL_SWITCH");
  h.gates.kill_switch = false;
  h.Pass(absl::Seconds(20));
  EXPECT_EQ(h.State(id), "SENDING");
}

TEST_F(ActionsTest, ALaterWishEndsAnEarlierOneThatWaits) {
  h.gates.control_fresh = false;
  const std::string like = Act(v1::ACTION_KIND_LIKE);
  h.Pass(absl::Seconds(1));
  const std::string unlike = Act(v1::ACTION_KIND_UNLIKE);
  EXPECT_EQ(h.State(like), "CANCELLED");
  EXPECT_EQ(h.Delivery(like).error_reason(), "SUPERSEDED");
  h.gates.control_fresh = true;
  h.Pass(absl::Seconds(6));
  ASSERT_EQ(h.sends.size(), 1u);
  EXPECT_EQ(Last().delivery.id(), unlike);
}

TEST_F(ActionsTest, AnUnlikeAfterALostLikeWaitsUntilTheLikeCanNoLongerArrive) {
  const std::string like = Act(v1::ACTION_KIND_LIKE);
  const absl::Time send_before = Last().send_before;
  h.Unknown(Last());
  const std::string unlike = Act(v1::ACTION_KIND_UNLIKE);
  EXPECT_EQ(h.State(like), "CANCELLED");
  EXPECT_EQ(h.Delivery(unlike).waiting_for(), "EARLIER_WISH");
  while (h.sends.size() == 1) h.Pass(absl::Milliseconds(500));
  EXPECT_EQ(Last().delivery.id(), unlike);
  EXPECT_GE(h.clock.Now(), send_before + h.rules.settle);
  Done(Last());
  EXPECT_EQ(h.State(unlike), "DONE");
  h.Pass(absl::Minutes(5));
  EXPECT_EQ(h.sends.size(), 2u);
}

TEST_F(ActionsTest, AnUnlikeWaitsAlsoForALostAttemptOfALikeThatWasDone) {
  const std::string like = Act(v1::ACTION_KIND_LIKE);
  const absl::Time send_before = Last().send_before;
  h.Unknown(Last());
  h.Pass(absl::Seconds(3));
  Done(Last());
  EXPECT_EQ(h.State(like), "DONE");
  Act(v1::ACTION_KIND_UNLIKE);
  while (h.sends.size() == 2) h.Pass(absl::Milliseconds(500));
  EXPECT_GE(h.clock.Now(), send_before + h.rules.settle);
}

TEST_F(ActionsTest, AWishDuringTheEarlierOnesRequestGoesAfterIt) {
  const std::string like = Act(v1::ACTION_KIND_LIKE);
  h.Pass(absl::Seconds(1));
  const std::string unlike = Act(v1::ACTION_KIND_UNLIKE);
  EXPECT_EQ(h.State(like), "SENDING");
  EXPECT_EQ(h.State(unlike), "QUEUED");
  h.Unknown(*h.sends[0]);
  // It would be repeated, were it the latest wish.
  EXPECT_EQ(h.State(like), "CANCELLED");
  h.Pass(absl::Minutes(1));
  ASSERT_EQ(h.sends.size(), 2u);
  EXPECT_EQ(Last().delivery.id(), unlike);
}

// A later wish came while it was on its way; then the platform turned it down for the moment.
TEST_F(ActionsTest, WhatALimitHoldsUpGivesWayToALaterWish) {
  const std::string like = Act(v1::ACTION_KIND_LIKE);
  h.Pass(absl::Seconds(1));
  const std::string unlike = Act(v1::ACTION_KIND_UNLIKE);
  h.Refused(*h.sends[0], v1::REFUSAL_CLASS_RATE_LIMITED, absl::Minutes(10));
  EXPECT_EQ(h.State(like), "CANCELLED");
  EXPECT_EQ(h.Delivery(like).error_reason(), "SUPERSEDED");
  ASSERT_EQ(h.sends.size(), 2u);
  EXPECT_EQ(Last().delivery.id(), unlike);
  Done(Last());
  h.Pass(absl::Minutes(30));
  EXPECT_EQ(h.sends.size(), 2u);
  EXPECT_EQ(h.State(unlike), "DONE");
}

TEST_F(ActionsTest, WhatWasNotSentGivesWayToALaterWish) {
  const std::string like = Act(v1::ACTION_KIND_LIKE);
  const std::string unlike = Act(v1::ACTION_KIND_UNLIKE);
  h.NotSent(*h.sends[0]);
  EXPECT_EQ(h.State(like), "CANCELLED");
  EXPECT_EQ(h.State(unlike), "SENDING");
}

TEST_F(ActionsTest, WhatIsToBeTriedAgainGivesWayToALaterWish) {
  const std::string like = Act(v1::ACTION_KIND_LIKE);
  const std::string unlike = Act(v1::ACTION_KIND_UNLIKE);
  h.Refused(*h.sends[0], v1::REFUSAL_CLASS_RETRYABLE);
  EXPECT_EQ(h.State(like), "CANCELLED");
  EXPECT_EQ(h.State(unlike), "SENDING");
}

TEST_F(ActionsTest, AnOrderThatWasOvertakenIsNotCarriedOut) {
  const v1::PublisherMessage like = Wish(v1::ACTION_KIND_LIKE);
  h.Pass(absl::Seconds(1));
  const std::string unlike = Act(v1::ACTION_KIND_UNLIKE);
  Done(Last());
  EXPECT_EQ(h.State(Take(like)), "CANCELLED");
  EXPECT_EQ(h.State(unlike), "DONE");
  h.Pass(absl::Minutes(1));
  EXPECT_EQ(h.sends.size(), 1u);
}

TEST_F(ActionsTest, OtherPostsAndOtherKindsDoNotWait) {
  Act(v1::ACTION_KIND_LIKE);
  h.Unknown(Last());
  const std::string repost = Act(v1::ACTION_KIND_REPOST);
  EXPECT_EQ(h.State(repost), "SENDING");
  Done(Last());
  EXPECT_EQ(h.State(Act(v1::ACTION_KIND_UNLIKE, "78")), "SENDING");
}

TEST_F(ActionsTest, TheSameOrderAgainIsTheSameDelivery) {
  const v1::PublisherMessage order = Wish(v1::ACTION_KIND_DELETE);
  const std::string id = Take(order);
  Done(Last());
  h.Outcomes();
  Take(order);
  EXPECT_THAT(h.Outcomes(), ElementsAre("DONE"));
  EXPECT_EQ(h.Delivery(id).attempt_count(), 1);
}

TEST_F(ActionsTest, ADeletionWaitsForAnUnansweredAttemptToPublishThePost) {
  const std::string account = h.Connect("keys", 3600);
  const std::string post = h.Publish(account);
  const absl::Time send_before = h.sends[0]->send_before;
  h.Unknown(*h.sends[0]);
  size_t looked = 0;
  while (h.sends.size() == 1) {
    h.Pass(absl::Milliseconds(500));
    for (; looked < h.lookups.size(); ++looked) h.Looked(*h.lookups[looked], v1::LOOKUP_RESULT_UNAVAILABLE);
  }
  h.Published(*h.sends[1], "77");
  ASSERT_EQ(h.State(post), "PUBLISHED");
  v1::PublisherMessage deletion = Wish(v1::ACTION_KIND_DELETE, "77", post);
  const std::string id = MakeId("dlv", {"deletion"}, account);
  deletion.mutable_header()->set_to(id);
  deletion.mutable_dispatch()->set_delivery_id(id);
  deletion.mutable_dispatch()->set_account_id(account);
  EXPECT_EQ(h.State(Take(deletion)), "QUEUED");
  while (h.sends.size() == 2) h.Pass(absl::Milliseconds(500));
  EXPECT_GE(h.clock.Now(), send_before + h.rules.settle);
}

TEST_F(ActionsTest, WithoutAPostItFails) {
  EXPECT_EQ(h.State(Act(v1::ACTION_KIND_LIKE, "")), "FAILED");
}

TEST_F(ActionsTest, AnEditKeepsTheMediaAsTheyWereUploaded) {
  const std::string post = h.Publish(account_, {.media = 1});
  h.Uploaded(*h.uploads.at(0), "m1");
  h.Published(Last(), "77");
  v1::PublisherMessage edit = Wish(v1::ACTION_KIND_EDIT, "77", post);
  v1::Dispatch& dispatch = *edit.mutable_dispatch();
  *dispatch.mutable_content() = h.Delivery(post).dispatch().content();
  dispatch.mutable_content()->set_text("Hello again");
  dispatch.set_content_hash(content::DispatchHash(dispatch));
  const std::string id = Take(edit);
  EXPECT_EQ(h.State(id), "SENDING");
  EXPECT_THAT(Last().delivery.media_handles(), ElementsAre("m1"));
}

// X: an edit is another version with another id.
TEST_F(ActionsTest, AnEditMayGiveThePostAnotherId) {
  const std::string id = Act(v1::ACTION_KIND_EDIT, "77");
  h.Outcomes();
  h.others.clear();
  h.Published(Last(), "88");
  EXPECT_THAT(h.Outcomes(), ElementsAre("DONE"));
  EXPECT_EQ(h.State(id), "DONE");
  EXPECT_EQ(h.Delivery(id).remote_id(), "88");
  ASSERT_EQ(h.others.size(), 1u);
  const auto& told = dynamic_cast<const listener::v1::ListenerMessage&>(*h.others[0].body).post_published();
  EXPECT_EQ(told.remote_id(), "88");
  EXPECT_EQ(told.replaces_remote_id(), "77");
  EXPECT_EQ(told.post_id(), "post_1");
  const v1::Account account = h.Account(account_).account;
  EXPECT_TRUE(std::any_of(account.recent().begin(), account.recent().end(), [](const v1::OwnPost& post) { return post.remote_id() == "88"; }));
}

TEST_F(ActionsTest, WhatIsUnansweredOfAnEditHoldsUpWishesUnderTheNewIdToo) {
  const std::string id = Act(v1::ACTION_KIND_EDIT, "77");
  h.Unknown(Last());
  const absl::Time doubt = FromProto(h.Delivery(id).attempts(0).send_before()) + h.rules.settle;
  while (h.sends.size() < 2) h.Pass(absl::Seconds(1));
  h.Published(Last(), "88");
  EXPECT_EQ(h.State(id), "DONE");
  EXPECT_FALSE(h.Delivery(id).duplicate_suspected());
  ASSERT_LT(h.clock.Now(), doubt);
  const std::string deletion = Act(v1::ACTION_KIND_DELETE, "88");
  EXPECT_EQ(h.State(deletion), "QUEUED") << "the lost edit could be carried out behind it";
  while (h.State(deletion) == "QUEUED") h.Pass(absl::Seconds(1));
  EXPECT_GE(h.clock.Now(), doubt);
  Done(Last());
  EXPECT_EQ(h.State(deletion), "DONE");
}

TEST_F(ActionsTest, AnEditOfOtherContentThanWasApprovedFails) {
  v1::PublisherMessage edit = Wish(v1::ACTION_KIND_EDIT);
  edit.mutable_dispatch()->mutable_content()->set_text("not what was approved");
  EXPECT_EQ(h.State(Take(edit)), "FAILED");
}

TEST_F(ActionsTest, AnotherPostThanWasMeantIsNotTouched) {
  v1::PublisherMessage deletion = Wish(v1::ACTION_KIND_DELETE, "77");
  deletion.mutable_dispatch()->set_target_remote_id("78");
  EXPECT_EQ(h.State(Take(deletion)), "FAILED");
  v1::PublisherMessage like = Wish(v1::ACTION_KIND_LIKE, "77");
  like.mutable_dispatch()->set_action(v1::ACTION_KIND_DELETE);
  EXPECT_EQ(h.State(Take(like)), "FAILED");
  EXPECT_THAT(h.sends, IsEmpty());
}

TEST_F(ActionsTest, AfterARestoreADeletionIsDoneAgainAndALikeIsAPersonsToDecide) {
  h.gates.control_fresh = false;
  const std::string deletion = Act(v1::ACTION_KIND_DELETE, "77");
  const std::string like = Act(v1::ACTION_KIND_LIKE, "78");
  h.Pass(absl::Seconds(2));
  const absl::Time restored_until = h.clock.Now();
  h.ledger.SetRestoredUntil(restored_until);
  h.gates.control_fresh = true;
  h.Pass(h.rules.send_budget + h.rules.settle + absl::Seconds(10));
  EXPECT_EQ(h.State(like), "UNCONFIRMED");
  ASSERT_EQ(h.sends.size(), 1u);
  EXPECT_EQ(Last().delivery.id(), deletion);
  EXPECT_GE(FromProto(h.Delivery(deletion).attempts(0).started_at()),
            restored_until + h.rules.send_budget + h.rules.settle);
  Done(Last());
  EXPECT_EQ(h.State(deletion), "DONE");
}

}  // namespace
}  // namespace carillon::publisher::testing
