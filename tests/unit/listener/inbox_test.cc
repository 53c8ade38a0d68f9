#include "services/listener/domain/inbox.h"

#include <gtest/gtest.h>

#include "common/content/content.h"
#include "services/listener/domain/reply_text.h"
#include "tests/unit/listener/harness.h"

namespace carillon::listener {
namespace {

using publisher::v1::DeliveryOutcome;
using publisher::v1::DeliveryState;
using publisher::v1::PublisherMessage;
using testing::AddSignal;
using testing::Harness;
using testing::kAccount;

class InboxTest : public ::testing::Test {
 protected:
  InboxTest() {
    harness_.Connect();
    v1::PollReport report = harness_.Report(*harness_.StartPoll(), "1");
    AddSignal(report, v1::SIGNAL_KIND_MENTION, "s1", "s1");
    EXPECT_TRUE(harness_.HandIn(report).ok());
    harness_.Sent<v1::SignalEvent>();
  }

  ledger::Answer Reply(const std::string& request_id, const std::string& text) {
    v1::ReplyRequest request;
    request.set_request_id(request_id);
    request.set_id(id_);
    request.set_text(text);
    return harness_.ledger.Command("acme", request_id, id_, request);
  }

  bool Outcome(const std::string& delivery_id, DeliveryState state, uint64_t version) {
    v1::ListenerMessage message;
    message.mutable_header()->set_to(id_);
    DeliveryOutcome& outcome = *message.mutable_outcome();
    outcome.set_delivery_id(delivery_id);
    outcome.set_account_id(kAccount);
    outcome.set_post_id(id_);
    outcome.set_state(state);
    outcome.set_version(version);
    if (state == publisher::v1::DELIVERY_STATE_PUBLISHED) outcome.set_remote_id("777");
    if (state == publisher::v1::DELIVERY_STATE_FAILED) outcome.set_error("refused");
    return harness_.ledger.Deliver(message);
  }

  v1::InboxItem Item() { return harness_.Item("s1"); }

  Harness harness_;
  const std::string id_ = InboxItemId(kAccount, "s1");
};

TEST_F(InboxTest, AReplyIsOrderedFromThePublisher) {
  ASSERT_TRUE(Reply("r1", "12 Euro").status.ok());
  const auto sent = harness_.Sent<PublisherMessage>();
  ASSERT_EQ(sent.size(), 1u);
  const publisher::v1::Dispatch& dispatch = sent[0].dispatch();
  EXPECT_EQ(dispatch.delivery_id(), MakeId("dlv", {id_, "r1"}, kAccount));
  EXPECT_EQ(sent[0].header().to(), dispatch.delivery_id());
  EXPECT_EQ(sent[0].header().from_aggregate(), id_);
  EXPECT_EQ(dispatch.account_id(), kAccount);
  EXPECT_EQ(dispatch.org_id(), "acme");
  EXPECT_EQ(dispatch.brand_id(), "brand_1");
  EXPECT_EQ(dispatch.post_id(), id_);
  EXPECT_EQ(dispatch.content().text(), "@ann@a.example 12 Euro");
  EXPECT_EQ(dispatch.content().in_reply_to_remote_id(), "s1");
  EXPECT_EQ(dispatch.content_hash(), content::ContentHash(dispatch.content()));
  EXPECT_EQ(dispatch.approved_by(), "tester");
  EXPECT_EQ(dispatch.answer_to(), "listener");
  EXPECT_EQ(dispatch.zone(), "Europe/Paris");
  EXPECT_EQ(FromProto(dispatch.due_at()), harness_.clock.Now());
  EXPECT_EQ(FromProto(dispatch.not_after()), harness_.clock.Now() + absl::Minutes(10));
  EXPECT_EQ(Item().state(), v1::INBOX_STATE_REPLYING);
}

TEST_F(InboxTest, TheSameRequestIsOneReplyEvenWhenTheLedgerHasForgottenIt) {
  ASSERT_TRUE(Reply("r1", "12 Euro").status.ok());
  EXPECT_TRUE(Reply("r1", "12 Euro").repeated);
  // As after a day: the ledger's memory is by (org, request), so another org stands for a forgotten
  // one.
  v1::ReplyRequest request;
  request.set_request_id("r1");
  request.set_id(id_);
  request.set_text("12 Euro");
  EXPECT_TRUE(harness_.ledger.Command("forgotten", "r1", id_, request).status.ok());
  EXPECT_EQ(Item().replies_size(), 1);
  EXPECT_EQ(harness_.Sent<PublisherMessage>().size(), 1u);
}

struct Life {
  DeliveryState end;
  v1::InboxState state;
};

TEST_F(InboxTest, EveryEndOfAReply) {
  const Life lives[] = {
      {publisher::v1::DELIVERY_STATE_FAILED, v1::INBOX_STATE_OPEN},
      {publisher::v1::DELIVERY_STATE_UNCONFIRMED, v1::INBOX_STATE_OPEN},
      {publisher::v1::DELIVERY_STATE_EXPIRED, v1::INBOX_STATE_OPEN},
      {publisher::v1::DELIVERY_STATE_HELD, v1::INBOX_STATE_OPEN},
      {publisher::v1::DELIVERY_STATE_CANCELLED, v1::INBOX_STATE_OPEN},
      {publisher::v1::DELIVERY_STATE_QUEUED, v1::INBOX_STATE_REPLYING},
  };
  int number = 0;
  for (const Life& life : lives) {
    const std::string request = "r" + std::to_string(++number);
    ASSERT_TRUE(Reply(request, "x").status.ok()) << number;
    ASSERT_TRUE(Outcome(DeliveryId(id_, request, kAccount), life.end, 3));
    EXPECT_EQ(Item().state(), life.state) << life.end;
    EXPECT_EQ(Item().replies(number - 1).state(), life.end);
  }
  EXPECT_EQ(Item().replies(0).error(), "refused");
  ASSERT_TRUE(Outcome(DeliveryId(id_, "r6", kAccount), publisher::v1::DELIVERY_STATE_PUBLISHED, 4));
  EXPECT_EQ(Item().state(), v1::INBOX_STATE_ANSWERED);
  EXPECT_EQ(Item().replies(5).remote_id(), "777");
}

TEST_F(InboxTest, AnOlderOutcomeNeverReplacesANewerOne) {
  ASSERT_TRUE(Reply("r1", "x").status.ok());
  const std::string delivery = DeliveryId(id_, "r1", kAccount);
  ASSERT_TRUE(Outcome(delivery, publisher::v1::DELIVERY_STATE_PUBLISHED, 5));
  ASSERT_TRUE(Outcome(delivery, publisher::v1::DELIVERY_STATE_UNCONFIRMED, 4));
  ASSERT_TRUE(Outcome(delivery, publisher::v1::DELIVERY_STATE_FAILED, 5));
  EXPECT_EQ(Item().state(), v1::INBOX_STATE_ANSWERED);
  EXPECT_EQ(Item().replies(0).outcome_version(), 5u);
}

TEST_F(InboxTest, AnUnconfirmedReplyThatIsSettledAnswersTheItem) {
  ASSERT_TRUE(Reply("r1", "x").status.ok());
  const std::string delivery = DeliveryId(id_, "r1", kAccount);
  ASSERT_TRUE(Outcome(delivery, publisher::v1::DELIVERY_STATE_UNCONFIRMED, 4));
  EXPECT_EQ(Item().state(), v1::INBOX_STATE_OPEN);
  ASSERT_TRUE(Outcome(delivery, publisher::v1::DELIVERY_STATE_PUBLISHED, 6));
  EXPECT_EQ(Item().state(), v1::INBOX_STATE_ANSWERED);
}

TEST_F(InboxTest, AnUnansweredOrderIsSentAgainTheSame) {
  ASSERT_TRUE(Reply("r1", "x").status.ok());
  const auto first = harness_.Sent<PublisherMessage>();
  harness_.clock.Advance(absl::Seconds(29));
  harness_.ledger.RunDue();
  EXPECT_TRUE(harness_.Sent<PublisherMessage>().empty());
  harness_.clock.Advance(absl::Seconds(1));
  harness_.ledger.RunDue();
  const auto second = harness_.Sent<PublisherMessage>();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].dispatch().SerializeAsString(), first[0].dispatch().SerializeAsString());
  EXPECT_EQ(second[0].header().message_id(), first[0].header().message_id());
  EXPECT_EQ(Item().replies(0).dispatch_count(), 2);
  harness_.clock.Advance(absl::Seconds(59));
  harness_.ledger.RunDue();
  EXPECT_TRUE(harness_.Sent<PublisherMessage>().empty());
  ASSERT_TRUE(Outcome(DeliveryId(id_, "r1", kAccount), publisher::v1::DELIVERY_STATE_PUBLISHED, 2));
  harness_.clock.Advance(absl::Hours(5));
  harness_.ledger.RunDue();
  EXPECT_TRUE(harness_.Sent<PublisherMessage>().empty());
}

TEST_F(InboxTest, Refusals) {
  EXPECT_EQ(ReasonOf(Reply("r1", " \n\t").status), "EMPTY_TEXT");
  EXPECT_EQ(ReasonOf(Reply("r2", std::string(kReplyBytesMax + 1, 'x')).status), "TEXT_TOO_LONG");
  v1::ReplyRequest unknown;
  unknown.set_id(InboxItemId(kAccount, "nothing"));
  unknown.set_text("x");
  const auto answer = harness_.ledger.Command("acme", "r3", unknown.id(), unknown);
  EXPECT_EQ(answer.status.code(), Code::kNotFound);
  EXPECT_EQ(ReasonOf(answer.status), "UNKNOWN_INBOX_ITEM");
  ASSERT_TRUE(Reply("r4", "x").status.ok());
  EXPECT_EQ(ReasonOf(Reply("r5", "y").status), "REPLY_UNDER_WAY");
  EXPECT_EQ(Item().replies_size(), 1);
}

TEST_F(InboxTest, NoReplyFromAnAccountThatIsNotConnected) {
  harness_.Connect(2, false);
  EXPECT_EQ(ReasonOf(Reply("r1", "x").status), "ACCOUNT_NOT_CONNECTED");
}

TEST_F(InboxTest, AnItemHasAMaximumOfReplies) {
  for (int i = 0; i < kRepliesMax; ++i) {
    const std::string request = "r" + std::to_string(i);
    ASSERT_TRUE(Reply(request, std::string(kReplyBytesMax, 'x')).status.ok()) << i;
    ASSERT_TRUE(
        Outcome(DeliveryId(id_, request, kAccount), publisher::v1::DELIVERY_STATE_FAILED, 2));
  }
  EXPECT_EQ(ReasonOf(Reply("last", "x").status), "TOO_MANY_REPLIES");
}

TEST_F(InboxTest, ClosingStaysClosed) {
  v1::CloseInboxItemRequest close;
  close.set_id(id_);
  ASSERT_TRUE(Reply("r1", "x").status.ok());
  EXPECT_EQ(ReasonOf(harness_.ledger.Command("acme", "c1", id_, close).status), "REPLY_UNDER_WAY");
  const std::string delivery = DeliveryId(id_, "r1", kAccount);
  ASSERT_TRUE(Outcome(delivery, publisher::v1::DELIVERY_STATE_UNCONFIRMED, 2));
  ASSERT_TRUE(harness_.ledger.Command("acme", "c2", id_, close).status.ok());
  EXPECT_EQ(Item().state(), v1::INBOX_STATE_CLOSED);
  ASSERT_TRUE(Outcome(delivery, publisher::v1::DELIVERY_STATE_PUBLISHED, 3));
  EXPECT_EQ(Item().state(), v1::INBOX_STATE_CLOSED);
  EXPECT_EQ(Item().replies(0).remote_id(), "777");
}

TEST_F(InboxTest, AnOutcomeOfNobodysReplyIsRefused) {
  EXPECT_FALSE(Outcome("dlv_unknown", publisher::v1::DELIVERY_STATE_PUBLISHED, 1));
  EXPECT_EQ(ReasonOf(harness_.ledger.last_status()), "UNKNOWN_DELIVERY");
}

TEST(ReplyTextTest, TheMentionIsThereOnce) {
  EXPECT_EQ(ReplyText("mastodon", "ann@a.example", "hi"), "@ann@a.example hi");
  EXPECT_EQ(ReplyText("mastodon", "ann@a.example", "hi @ANN@a.example!"), "hi @ANN@a.example!");
  EXPECT_EQ(ReplyText("mastodon", "ann@a.example", "hi @ann@a.example."), "hi @ann@a.example.");
  EXPECT_EQ(ReplyText("mastodon", "ann@a.example", "hi @ann@a.example.org"),
            "@ann@a.example hi @ann@a.example.org");
  EXPECT_EQ(ReplyText("mastodon", "ann@a.example", "x@ann@a.example"),
            "@ann@a.example x@ann@a.example");
  EXPECT_EQ(ReplyText("mastodon", "", "hi"), "hi");
  EXPECT_EQ(ReplyText("bluesky", "ann.example", "hi"), "hi");
}

}  // namespace
}  // namespace carillon::listener
