// The life of a delivery: gates, limits, refusals, cancel, lateness.
#include "tests/unit/publisher/harness.h"

namespace carillon::publisher::testing {
namespace {

using ::testing::Test;

class DeliveryTest : public Test {
 protected:
  Harness h;
};

TEST_F(DeliveryTest, SendsInTheDecisionThatAcceptsIt) {
  const std::string account = h.Connect();
  const std::string id = h.Publish(account);
  EXPECT_EQ(h.State(id), "SENDING");
  ASSERT_EQ(h.sends.size(), 1u);
  EXPECT_EQ(h.sends[0]->send_before, h.clock.Now() + h.rules.send_budget);
  EXPECT_EQ(h.Account(account).account.sending(), 1);
  h.clock.Advance(absl::Seconds(1));
  h.Published(*h.sends[0], "101");
  EXPECT_EQ(h.State(id), "PUBLISHED");
  EXPECT_EQ(h.Delivery(id).remote_id(), "101");
  EXPECT_EQ(h.Account(account).account.sending(), 0);
  EXPECT_EQ(h.Account(account).account.open_size(), 0);
  EXPECT_EQ(h.Outcomes(), std::vector<std::string>{"PUBLISHED"});
  // The account's connection, its credential, and the publication for the listener.
  bool told = false;
  for (const auto& message : h.others) {
    const auto* body = dynamic_cast<const listener::v1::ListenerMessage*>(message.body.get());
    if (body == nullptr || !body->has_post_published()) continue;
    told = true;
    EXPECT_EQ(message.to, account);
    EXPECT_EQ(body->post_published().post_id(), "post_1");
  }
  EXPECT_TRUE(told);
}

// Written by a newer version, read by this one while pods are replaced.
TEST_F(DeliveryTest, AStateOfANewerVersionIsListedAsUnknown) {
  v1::PublisherRecord record;
  record.mutable_delivery()->set_id("dlv_1~acct_1");
  record.mutable_delivery()->set_state(static_cast<v1::DeliveryState>(77));
  EXPECT_EQ(h.domain.Indexes(record)[1].member.substr(0, 8), "UNKNOWN|");
}

TEST_F(DeliveryTest, ALongErrorIsKeptUpToACharactersEnd) {
  const std::string id = h.Publish(h.Connect());
  v1::PublishReport report = h.ReportOf(*h.sends.back(), v1::PUBLISH_RESULT_REFUSED);
  report.set_refusal(v1::REFUSAL_CLASS_RETRYABLE);
  report.set_error(std::string(499, 'x') + "\xC3\xA9 and more");
  h.Tell(report);
  EXPECT_EQ(h.Delivery(id).attempts(0).error(), std::string(499, 'x'));
}

// Found by fuzzing: the aggregate of that id is there already, and is a delivery.
TEST_F(DeliveryTest, AnAccountCannotBeConnectedUnderADeliverysId) {
  const std::string delivery = h.Publish(h.Connect());
  v1::ConnectCommand command;
  command.mutable_account()->set_id(delivery);
  command.mutable_credential()->set_account_id(delivery);
  command.mutable_credential()->set_version(1);
  command.mutable_credential()->set_ciphertext("sealed");
  EXPECT_EQ(ReasonOf(h.Do(delivery, command).status), "BAD_ACCOUNT_ID");
  EXPECT_EQ(h.State(delivery), "SENDING");
}

TEST_F(DeliveryTest, SameAccountTwiceIsOneAccount) {
  const std::string first = h.Connect();
  const std::string second = h.Connect();
  EXPECT_EQ(first, second);
  EXPECT_EQ(h.Account(first).account.credential_version(), 2u) << "connecting again brings the new token";
  EXPECT_NE(h.Connect("other"), first);
}

TEST_F(DeliveryTest, RepeatedDispatchIsTheSameDelivery) {
  const std::string account = h.Connect();
  const v1::PublisherMessage message = h.Dispatch(account, {});
  ASSERT_TRUE(h.ledger.Deliver(message));
  ASSERT_TRUE(h.ledger.Deliver(message));
  EXPECT_EQ(h.sends.size(), 1u);
  EXPECT_TRUE(h.Outcomes().empty());
  h.Published(*h.sends[0], "101");
  EXPECT_EQ(h.Outcomes().size(), 1u);
  ASSERT_TRUE(h.ledger.Deliver(message));
  EXPECT_EQ(h.Outcomes(), std::vector<std::string>{"PUBLISHED"});
  EXPECT_EQ(h.sends.size(), 1u);
}

TEST_F(DeliveryTest, EachClosedGateHoldsItBackAndNoneLosesIt) {
  const std::string account = h.Connect();
  const Gates open = h.gates;
  const std::vector<std::pair<std::string, Gates>> closed = {
      {"CONTROL_VIEW", {false, false, true, true, true}},
      {"KILL_SWITCH", {true, true, true, true, true}},
      {"CLOCK", {true, false, false, true, true}},
      {"CREDENTIAL", {true, false, true, false, true}},
      {"SENDER_SLOTS", {true, false, true, true, false}},
  };
  for (const auto& [why, gates] : closed) {
    h.gates = gates;
    h.sends.clear();
    const std::string id = h.Publish(account, {.text = why, .post = "post_" + why});
    EXPECT_EQ(h.State(id), "QUEUED") << why;
    EXPECT_EQ(h.Delivery(id).waiting_for(), why);
    h.Pass(absl::Seconds(3));
    EXPECT_TRUE(h.sends.empty()) << why;
    h.gates = open;
    h.Pass(absl::Seconds(why == "SENDER_SLOTS" ? 40 : 20));
    ASSERT_EQ(h.sends.size(), 1u) << why;
    h.Published(*h.sends[0], why);
  }
}

TEST_F(DeliveryTest, NotBeforeIsKept) {
  const std::string id = h.Publish(h.Connect(), {.not_before = absl::Seconds(10)});
  h.Pass(absl::Seconds(9));
  EXPECT_EQ(h.State(id), "QUEUED");
  h.Pass(absl::Seconds(1));
  EXPECT_EQ(h.State(id), "SENDING");
}

TEST_F(DeliveryTest, TooLateIsExpiredOrHeld) {
  const std::string account = h.Connect();
  h.gates.kill_switch = true;
  const std::string expired = h.Publish(account, {.post = "post_1", .not_after = absl::Seconds(10)});
  const std::string held =
      h.Publish(account, {.post = "post_2", .not_after = absl::Seconds(10), .hold_if_late = true});
  h.Pass(absl::Seconds(12));
  EXPECT_EQ(h.State(expired), "EXPIRED");
  EXPECT_EQ(h.State(held), "HELD");
  h.gates.kill_switch = false;
  h.Pass(absl::Minutes(2));
  EXPECT_TRUE(h.sends.empty());
  // Already late when it comes: a dispatch from an old log publishes nothing.
  const std::string old = h.Publish(account, {.post = "post_3", .not_after = -absl::Seconds(1)});
  EXPECT_EQ(h.State(old), "EXPIRED");
}

TEST_F(DeliveryTest, WhatIsNotAnApprovedDispatchFails) {
  const std::string account = h.Connect();
  v1::PublisherMessage changed = h.Dispatch(account, {.post = "post_1"});
  changed.mutable_dispatch()->mutable_content()->set_text("Something else");
  v1::PublisherMessage unapproved = h.Dispatch(account, {.post = "post_2"});
  unapproved.mutable_dispatch()->clear_approved_by();
  v1::PublisherMessage endless = h.Dispatch(account, {.post = "post_3"});
  endless.mutable_dispatch()->clear_not_after();
  v1::PublisherMessage stranger = h.Dispatch(account, {.post = "post_4"});
  stranger.mutable_dispatch()->set_org_id("org_two");
  const v1::PublisherMessage nobody = h.Dispatch(MakeId("acct", {"nobody"}), {.post = "post_5"});
  const std::vector<std::pair<v1::PublisherMessage, std::string>> cases = {
      {changed, "CONTENT_CHANGED"}, {unapproved, "NOT_APPROVED"}, {endless, "BAD_DISPATCH"},
      {stranger, "UNKNOWN_ACCOUNT"}, {nobody, "UNKNOWN_ACCOUNT"}};
  for (const auto& [message, reason] : cases) {
    ASSERT_TRUE(h.ledger.Deliver(message)) << reason;
    EXPECT_EQ(h.Delivery(message.dispatch().delivery_id()).error_reason(), reason);
    EXPECT_EQ(h.Outcomes(), std::vector<std::string>{"FAILED"}) << reason;
  }
  EXPECT_TRUE(h.sends.empty());
  // In another account's shard not even an answer is possible: a dead letter.
  v1::PublisherMessage misplaced = h.Dispatch(account, {.post = "post_6"});
  misplaced.mutable_dispatch()->set_account_id(MakeId("acct", {"other"}));
  EXPECT_FALSE(h.ledger.Deliver(misplaced));
}

TEST_F(DeliveryTest, CancelAgainstSendingFirstInLogWins) {
  const std::string account = h.Connect();
  const std::string queued = h.Publish(account, {.post = "post_1", .not_before = absl::Minutes(1)});
  ASSERT_TRUE(h.Cancel(queued));
  EXPECT_EQ(h.State(queued), "CANCELLED");
  EXPECT_EQ(h.Outcomes(), std::vector<std::string>{"CANCELLED"});
  h.Pass(absl::Minutes(2));
  EXPECT_TRUE(h.sends.empty());

  const std::string sending = h.Publish(account, {.post = "post_2"});
  ASSERT_TRUE(h.Cancel(sending));
  EXPECT_EQ(h.State(sending), "SENDING");
  EXPECT_EQ(h.Outcomes(), std::vector<std::string>{"SENDING+LATE"});
  h.Published(*h.sends[0], "7");
  EXPECT_EQ(h.State(sending), "PUBLISHED");
  ASSERT_TRUE(h.Cancel(sending));
  EXPECT_EQ(h.Outcomes(), (std::vector<std::string>{"PUBLISHED", "PUBLISHED+LATE"}));
}

TEST_F(DeliveryTest, CancelBeforeItsDispatchWins) {
  const std::string account = h.Connect();
  const v1::PublisherMessage message = h.Dispatch(account, {});
  ASSERT_TRUE(h.Cancel(message.dispatch().delivery_id()));
  EXPECT_EQ(h.Outcomes(), std::vector<std::string>{"CANCELLED"});
  ASSERT_TRUE(h.ledger.Deliver(message));
  EXPECT_EQ(h.Outcomes(), std::vector<std::string>{"CANCELLED"});
  EXPECT_TRUE(h.sends.empty());
}

TEST_F(DeliveryTest, OneAccountSendsOneAfterAnotherAndAccountsInParallel) {
  const std::string account = h.Connect("one");
  const std::string other = h.Connect("two");
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(h.Publish(account, {.text = std::to_string(i), .post = fmt::format("post_{}", i)}));
  }
  h.Publish(other);
  ASSERT_EQ(h.sends.size(), 2u);
  EXPECT_EQ(h.sends[1]->account.id(), other);
  // Each end starts the next at once, in order.
  h.sends.erase(h.sends.begin() + 1);
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(h.sends.size(), static_cast<size_t>(i + 1));
    EXPECT_EQ(h.sends[i]->delivery.id(), ids[i]);
    h.Published(*h.sends[i], std::to_string(i));
  }
}

TEST_F(DeliveryTest, RetryableRefusalsAreRetriedAndEndAtLast) {
  h.rules.refusals_max = 3;
  const std::string id = h.Publish(h.Connect());
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(h.sends.size(), static_cast<size_t>(i + 1));
    h.Refused(*h.sends[i], v1::REFUSAL_CLASS_RETRYABLE);
    h.Pass(absl::Seconds(10));
  }
  EXPECT_EQ(h.State(id), "FAILED");
  EXPECT_EQ(h.Delivery(id).error_reason(), "RETRIES_EXHAUSTED");
  EXPECT_EQ(h.sends.size(), 3u);
}

TEST_F(DeliveryTest, RateLimitHoldsTheWholeAccountUntilItsReset) {
  const std::string account = h.Connect();
  const std::string first = h.Publish(account, {.text = "a", .post = "post_1"});
  const std::string second = h.Publish(account, {.text = "b", .post = "post_2"});
  h.Refused(*h.sends[0], v1::REFUSAL_CLASS_RATE_LIMITED, absl::Seconds(30));
  h.Pass(absl::Seconds(29));
  EXPECT_EQ(h.sends.size(), 1u);
  EXPECT_EQ(h.Delivery(first).waiting_for(), "RATE_LIMITED");
  EXPECT_EQ(h.Delivery(second).waiting_for(), "RATE_LIMITED");
  h.Pass(absl::Seconds(3));
  EXPECT_EQ(h.sends.size(), 2u);
  h.Published(*h.sends[1], "1");
  EXPECT_EQ(h.sends.size(), 3u);
}

TEST_F(DeliveryTest, HeadersThatSayNothingIsLeftHoldTheNext) {
  const std::string account = h.Connect();
  h.Publish(account, {.text = "a", .post = "post_1"});
  h.Publish(account, {.text = "b", .post = "post_2"});
  v1::PublishReport report = h.ReportOf(*h.sends[0], v1::PUBLISH_RESULT_PUBLISHED, "1");
  *report.mutable_limit_reset() = ToProto(h.clock.Now() + absl::Seconds(20));
  h.Tell(report);
  h.Pass(absl::Seconds(19));
  EXPECT_EQ(h.sends.size(), 1u);
  h.Pass(absl::Seconds(3));
  EXPECT_EQ(h.sends.size(), 2u);
}

TEST_F(DeliveryTest, OwnSpacingAllowsABurstAndThenTheRate) {
  h.rules.burst = 3;
  h.rules.spacing = absl::Seconds(10);
  const std::string account = h.Connect();
  size_t answered = 0;
  const auto answer_all = [&] {
    for (; answered < h.sends.size(); ++answered) {
      h.Published(*h.sends[answered], fmt::format("r{}", answered));
    }
  };
  for (int i = 0; i < 6; ++i) {
    h.Publish(account, {.text = std::to_string(i), .post = fmt::format("post_{}", i)});
    answer_all();
  }
  EXPECT_EQ(answered, 3u);
  for (int i = 0; i < 60; ++i) {
    h.Pass(absl::Milliseconds(500));
    answer_all();
    if (i == 30) {
      EXPECT_EQ(answered, 4u);
    }
  }
  EXPECT_EQ(answered, 6u);
}

TEST_F(DeliveryTest, OnlyADefiniteRefusalOfThePresentTokenDisconnects) {
  const std::string account = h.Connect();
  const std::string first = h.Publish(account, {.text = "a", .post = "post_1"});
  const std::string second = h.Publish(account, {.text = "b", .post = "post_2"});
  h.Refused(*h.sends[0], v1::REFUSAL_CLASS_AUTH);
  EXPECT_EQ(h.Account(account).account.state(), v1::ACCOUNT_STATE_NEEDS_RECONNECT);
  EXPECT_EQ(h.State(first), "QUEUED");
  h.Pass(absl::Minutes(1));
  EXPECT_EQ(h.sends.size(), 1u);
  h.Connect();
  EXPECT_EQ(h.Account(account).account.credential_version(), 2u);
  h.Pass(absl::Seconds(2));
  ASSERT_EQ(h.sends.size(), 2u);
  h.Published(*h.sends[1], "1");
  ASSERT_EQ(h.sends.size(), 3u);
  // The first token's refusal, heard again or late, says nothing of the new one.
  v1::PublishReport late = h.ReportOf(*h.sends[2], v1::PUBLISH_RESULT_REFUSED);
  late.set_refusal(v1::REFUSAL_CLASS_AUTH);
  late.set_credential_version(1);
  h.Tell(late);
  EXPECT_EQ(h.Account(account).account.state(), v1::ACCOUNT_STATE_CONNECTED);
  EXPECT_EQ(h.sends.size(), 4u);
}

TEST_F(DeliveryTest, InvalidContentFailsAtOnce) {
  const std::string id = h.Publish(h.Connect());
  h.Refused(*h.sends[0], v1::REFUSAL_CLASS_INVALID_CONTENT);
  EXPECT_EQ(h.State(id), "FAILED");
  EXPECT_EQ(h.Delivery(id).error_reason(), "INVALID_CONTENT");
}

TEST_F(DeliveryTest, NotSentIsTriedAgainWithoutCountingAsARefusal) {
  const std::string id = h.Publish(h.Connect());
  h.NotSent(*h.sends[0]);
  EXPECT_EQ(h.State(id), "QUEUED");
  h.Pass(absl::Seconds(1));
  ASSERT_EQ(h.sends.size(), 2u);
  EXPECT_EQ(h.sends[1]->attempt, 2);
  EXPECT_EQ(h.Delivery(id).refusals(), 0);
}

TEST_F(DeliveryTest, DisconnectedAccountFailsWhatWaitsAndHidesItsToken) {
  const std::string account = h.Connect();
  const std::string waits = h.Publish(account, {.not_before = absl::Seconds(5)});
  v1::DisconnectAccountRequest request;
  request.set_account_id(account);
  h.ledger.TakeMessages();
  ASSERT_TRUE(h.Do(account, request).status.ok());
  bool blanked = false;
  for (const auto& message : h.ledger.TakeMessages()) {
    const auto* body = dynamic_cast<const v1::CredentialRecord*>(message.body.get());
    if (body == nullptr) continue;
    blanked = body->ciphertext().empty() && message.key == account + "/1";
  }
  EXPECT_TRUE(blanked);
  h.Pass(absl::Seconds(6));
  EXPECT_EQ(h.State(waits), "FAILED");
  EXPECT_EQ(h.Delivery(waits).error_reason(), "ACCOUNT_DISCONNECTED");
}

TEST_F(DeliveryTest, ARepliesOutcomeGoesToTheListener) {
  h.Publish(h.Connect(), {.post = "imp_1", .answer_to = "listener"});
  h.ledger.TakeMessages();
  h.Published(*h.sends[0], "9");
  int outcomes = 0;
  for (const auto& message : h.ledger.TakeMessages()) {
    const auto* body = dynamic_cast<const listener::v1::ListenerMessage*>(message.body.get());
    ASSERT_NE(body, nullptr);
    if (body->has_outcome()) {
      ++outcomes;
      EXPECT_EQ(message.to, "imp_1");
    } else {
      EXPECT_EQ(body->post_published().post_id(), "");
    }
  }
  EXPECT_EQ(outcomes, 1);
}

// However it was found out; what is not published costs nothing.
TEST_F(DeliveryTest, AnOutcomeSaysWhatThePlatformCharges) {
  const std::string account = h.Connect("acme", 0, absl::ZeroDuration(), "x");
  h.Publish(account, {.text = "one", .post = "post_1"});
  h.Publish(account, {.text = "two", .post = "post_2"});
  h.ledger.TakeMessages();
  h.Published(*h.sends.at(0), "9");
  h.Pass(absl::Seconds(2));
  h.Refused(*h.sends.at(1), v1::REFUSAL_CLASS_PERMANENT);
  const std::string free = h.Publish(h.Connect("other"), {.text = "three", .post = "post_3"});
  h.Published(*h.sends.at(2), "10");
  EXPECT_FALSE(h.Delivery(free).has_cost());
  std::map<std::string, int64_t> costs;
  for (const auto& message : h.ledger.TakeMessages()) {
    const auto* body = dynamic_cast<const scheduler::v1::SchedulerMessage*>(message.body.get());
    if (body != nullptr) costs[body->outcome().post_id()] = body->outcome().cost().micros();
  }
  EXPECT_EQ(costs, (std::map<std::string, int64_t>{{"post_1", 15'000}, {"post_2", 0}, {"post_3", 0}}));
}

}  // namespace
}  // namespace carillon::publisher::testing
