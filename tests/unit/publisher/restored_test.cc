// Kafka was put back from an older copy: whatever may have been sent in the time that is lost is looked up, never sent blind.
#include "tests/unit/publisher/harness.h"

namespace carillon::publisher::testing {
namespace {

class RestoredTest : public ::testing::Test {
 protected:
  // The log now lacks what was decided up to now.
  void Restore() { h.ledger.SetRestoredUntil(h.clock.Now()); }

  // An order that was due an hour ago, in the time that is lost; it comes to a publisher that knows nothing of it.
  std::string SentAgain(const std::string& account, Order order = {}) {
    order.not_before = -absl::Hours(1);
    order.not_after = order.not_before + absl::Minutes(15);
    return h.Publish(account, order);
  }
  std::shared_ptr<const LookupJob> NextLookup() {
    const size_t before = h.lookups.size();
    for (absl::Duration passed; passed < absl::Minutes(10) && h.lookups.size() == before;
         passed += absl::Seconds(1)) {
      h.Pass(absl::Seconds(1));
    }
    EXPECT_GT(h.lookups.size(), before);
    return h.lookups.size() > before ? h.lookups.back() : std::make_shared<LookupJob>();
  }

  Harness h;
};

TEST_F(RestoredTest, WhatIsThereIsPublishedThoughItsTimeIsOver) {
  const std::string account = h.Connect();
  const absl::Time restored_at = h.clock.Now();
  Restore();
  const std::string id = SentAgain(account);
  EXPECT_EQ(h.State(id), "CHECKING") << "neither sent nor EXPIRED";
  const auto look = NextLookup();
  EXPECT_EQ(look->since, restored_at - absl::Hours(1)) << "it can't be out there since before it was due";
  EXPECT_GE(h.clock.Now(), restored_at + h.rules.send_budget + h.rules.judge_margin)
      << "an attempt that was lost may still be on its way";
  h.Looked(*look, v1::LOOKUP_RESULT_FOUND, "55");
  EXPECT_EQ(h.State(id), "PUBLISHED");
  EXPECT_EQ(h.Outcomes(), std::vector<std::string>{"PUBLISHED"});
  EXPECT_TRUE(h.sends.empty());
  EXPECT_TRUE(h.Account(account).account.open().empty());
}

TEST_F(RestoredTest, ProvenAbsentItGoesOutOrIsTooLateByItsOwnRules) {
  const std::string account = h.Connect();
  Restore();
  const std::string late = SentAgain(account);
  const std::string still = h.Publish(account, {.text = "Another", .post = "post_2"});
  const absl::Time settled = h.clock.Now() + h.rules.send_budget + h.rules.settle;
  while (h.State(late) == "CHECKING" || h.State(still) == "CHECKING") {
    ASSERT_TRUE(h.sends.empty() || h.clock.Now() >= settled);
    h.Looked(*NextLookup(), v1::LOOKUP_RESULT_ABSENT);
  }
  EXPECT_EQ(h.State(late), "EXPIRED");
  EXPECT_EQ(h.State(still), "SENDING");
  ASSERT_EQ(h.sends.size(), 1u);
  h.Published(*h.sends[0], "7");
  EXPECT_EQ(h.State(still), "PUBLISHED");
}

TEST_F(RestoredTest, WhatCannotBeProvenIsUnconfirmed) {
  const std::string account = h.Connect();
  Restore();
  const std::string id = SentAgain(account);
  while (h.State(id) == "CHECKING") h.Looked(*NextLookup(), v1::LOOKUP_RESULT_AMBIGUOUS);
  EXPECT_EQ(h.State(id), "UNCONFIRMED");
  EXPECT_TRUE(h.sends.empty());
}

TEST_F(RestoredTest, TheSameKeyIsUsedAgainOnlyWhileItHoldsSinceTheDueTime) {
  const std::string account = h.Connect("acme", 3600);
  h.clock.Advance(absl::Hours(2));
  Restore();
  const std::string recent = h.Publish(account, {.not_before = -absl::Minutes(10)});
  const std::string old = SentAgain(account, {.text = "Another", .post = "post_2"});
  while (h.sends.empty()) {
    for (const auto& look : std::vector(h.lookups)) {
      if (h.State(look->delivery.id()) == "CHECKING") h.Looked(*look, v1::LOOKUP_RESULT_UNAVAILABLE);
    }
    h.Pass(absl::Seconds(1));
  }
  EXPECT_EQ(h.sends[0]->delivery.id(), recent);
  EXPECT_EQ(h.State(old), "CHECKING");
}

TEST_F(RestoredTest, WhatTheOldCopyHasAsWaitingOrUnderWayIsLookedUpToo) {
  const std::string account = h.Connect();
  const std::string sending = h.Publish(account);
  const std::string queued = h.Publish(account, {.text = "Another", .post = "post_2"});
  ASSERT_EQ(h.State(sending), "SENDING");
  ASSERT_EQ(h.State(queued), "QUEUED");
  h.clock.Advance(absl::Minutes(5));
  Restore();
  const absl::Time until = h.clock.Now();
  h.ledger.RunDue();
  EXPECT_EQ(h.State(sending), "CHECKING");
  h.Pass(absl::Seconds(3));
  EXPECT_EQ(h.State(queued), "CHECKING");
  EXPECT_EQ(h.sends.size(), 1u) << "the one from before";
  // An answer about the attempt that the copy has says nothing of those after it.
  h.NotSent(*h.sends[0]);
  EXPECT_EQ(h.State(sending), "CHECKING");
  EXPECT_EQ(FromProto(h.Delivery(sending).attempts(1).send_before()), until + h.rules.send_budget);
  for (const std::string& id : {sending, queued}) {
    while (h.State(id) == "CHECKING" && h.lookups.empty()) h.Pass(absl::Seconds(1));
  }
  for (const auto& look : std::vector(h.lookups)) {
    h.Looked(*look, v1::LOOKUP_RESULT_FOUND, look->delivery.id().substr(0, 8));
  }
  EXPECT_EQ(h.State(sending), "PUBLISHED");
  EXPECT_EQ(h.State(queued), "PUBLISHED");
}

TEST_F(RestoredTest, AReportOfALostAttemptThatSaysPublishedIsTaken) {
  const std::string account = h.Connect();
  Restore();
  const std::string id = SentAgain(account);
  SendJob lost;  // of a process that lived through it all
  lost.delivery = h.Delivery(id);
  lost.account = h.Account(account).account;
  lost.attempt = 1;
  h.NotSent(lost);
  EXPECT_EQ(h.State(id), "CHECKING");
  h.Published(lost, "9");
  EXPECT_EQ(h.State(id), "PUBLISHED");
  EXPECT_EQ(h.duplicates, 0);
}

TEST_F(RestoredTest, HeldInTheCopyMayHaveBeenSentOnAPersonsWordSince) {
  const std::string account = h.Connect();
  const std::string id = h.Publish(
      account, {.not_before = -absl::Hours(2), .not_after = -absl::Hours(1), .hold_if_late = true});
  ASSERT_EQ(h.State(id), "HELD");
  Restore();
  ASSERT_TRUE(h.Resolve(id, "").status.ok());
  EXPECT_EQ(h.State(id), "CHECKING");
  h.Looked(*NextLookup(), v1::LOOKUP_RESULT_FOUND, "5");
  EXPECT_EQ(h.State(id), "PUBLISHED");
  EXPECT_TRUE(h.sends.empty());
}

TEST_F(RestoredTest, ACancelDoesNotClaimThatNothingIsOutThere) {
  const std::string account = h.Connect();
  const std::string queued = h.Publish(account, {.not_before = absl::Minutes(1)});
  h.clock.Advance(absl::Minutes(30));
  Restore();
  ASSERT_TRUE(h.Cancel(queued));
  EXPECT_EQ(h.State(queued), "UNCONFIRMED");
  // Its dispatch is lost.
  v1::PublisherMessage message = h.Dispatch(account, {.post = "post_2", .not_before = -absl::Minutes(5)});
  v1::CancelDelivery cancel;
  cancel.set_delivery_id(message.dispatch().delivery_id());
  *cancel.mutable_not_before() = message.dispatch().not_before();
  *message.mutable_cancel() = cancel;
  ASSERT_TRUE(h.ledger.Deliver(message));
  EXPECT_EQ(h.State(cancel.delivery_id()), "UNCONFIRMED");
  // This one cannot have been sent yet.
  message = h.Dispatch(account, {.post = "post_3", .not_before = absl::Minutes(5)});
  cancel.set_delivery_id(message.dispatch().delivery_id());
  *cancel.mutable_not_before() = message.dispatch().not_before();
  *message.mutable_cancel() = cancel;
  ASSERT_TRUE(h.ledger.Deliver(message));
  EXPECT_EQ(h.State(cancel.delivery_id()), "CANCELLED");
}

TEST_F(RestoredTest, WithoutTheAccountNobodyCanBeAsked) {
  const std::string lost_account = MakeId("acct", {kOrg, "mastodon", "social.example", "lost"});
  Restore();
  EXPECT_EQ(h.State(SentAgain(lost_account)), "UNCONFIRMED");
  EXPECT_TRUE(h.lookups.empty());
}

TEST_F(RestoredTest, EqualTextsAreLookedUpOneAfterAnother) {
  const std::string account = h.Connect();
  Restore();
  const std::string first = SentAgain(account);
  const std::string second = SentAgain(account, {.post = "post_2"});
  EXPECT_EQ(h.State(first), "CHECKING");
  EXPECT_EQ(h.State(second), "QUEUED");
  EXPECT_EQ(h.Delivery(second).waiting_for(), "EQUAL_TEXT");
  h.Looked(*NextLookup(), v1::LOOKUP_RESULT_FOUND, "5");
  EXPECT_EQ(h.State(first), "PUBLISHED");
  const auto look = NextLookup();
  EXPECT_EQ(look->delivery.id(), second);
  ASSERT_EQ(look->account.recent_size(), 1) << "the first one's post is known and not taken again";
  EXPECT_EQ(look->account.recent(0).remote_id(), "5");
}

TEST_F(RestoredTest, OneThatWaitsInVainForItsTurnIsUnconfirmed) {
  const std::string account = h.Connect();
  Restore();
  const std::string first = SentAgain(account);
  while (h.State(first) == "CHECKING") h.Looked(*NextLookup(), v1::LOOKUP_RESULT_AMBIGUOUS);
  ASSERT_EQ(h.State(first), "UNCONFIRMED");
  const std::string second = SentAgain(account, {.post = "post_2"});
  EXPECT_EQ(h.State(second), "QUEUED");
  h.Pass(h.rules.retry_window + absl::Minutes(1), absl::Seconds(1));
  EXPECT_EQ(h.State(second), "UNCONFIRMED");
  EXPECT_TRUE(h.sends.empty());
}

TEST_F(RestoredTest, WhatIsDueLaterIsSentAsEver) {
  const std::string account = h.Connect();
  const std::string before = h.Publish(account, {.not_before = absl::Minutes(1)});
  Restore();
  const std::string after =
      h.Publish(account, {.text = "Another", .post = "post_2", .not_before = absl::Minutes(2)});
  h.Pass(absl::Minutes(1) + absl::Seconds(1));
  EXPECT_EQ(h.State(before), "SENDING");
  h.Published(*h.sends.at(0), "1");
  h.Pass(absl::Minutes(1));
  EXPECT_EQ(h.State(after), "SENDING");
  EXPECT_TRUE(h.lookups.empty());
}

TEST_F(RestoredTest, ASecondRestoreAsksAgain) {
  const std::string account = h.Connect();
  Restore();
  const std::string id = SentAgain(account);
  h.Looked(*NextLookup(), v1::LOOKUP_RESULT_UNAVAILABLE);
  h.clock.Advance(absl::Minutes(10));
  Restore();
  h.ledger.RunDue();
  EXPECT_EQ(h.State(id), "CHECKING");
  EXPECT_EQ(h.Delivery(id).attempt_count(), 2);
  EXPECT_EQ(NextLookup()->since, FromProto(h.Delivery(id).dispatch().not_before()));
}

}  // namespace
}  // namespace carillon::publisher::testing
