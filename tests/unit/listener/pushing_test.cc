// What a stream brings, beside what polls bring: everything once, whichever comes first.
#include "services/listener/domain/pushing.h"

#include <gtest/gtest.h>

#include "common/content/content.h"
#include "tests/unit/listener/harness.h"

namespace carillon::listener {
namespace {

using testing::AddSignal;
using testing::Harness;
using testing::kAccount;

v1::PushReport PushOf(v1::SignalKind kind, const std::string& id, const std::string& status = "") {
  v1::PollReport carrier;
  AddSignal(carrier, kind, id, status);
  v1::PushReport report;
  report.set_account_id(kAccount);
  *report.add_signals() = carrier.signals(0);
  return report;
}

class PushingTest : public ::testing::Test {
 protected:
  PushingTest() { h.Connect(); }
  Status Push(const v1::PushReport& report) {
    return h.ledger.Command("", "", CollectionId(kAccount), report).status;
  }
  // A whole poll, which gives `signals` as AddSignal takes them.
  void Poll(const std::vector<std::tuple<v1::SignalKind, std::string, std::string>>& signals,
            bool streamed = false) {
    const auto job = h.StartPoll();
    ASSERT_NE(job, nullptr);
    v1::PollReport report = h.Report(*job, "c");
    report.set_signals_read(job->signals);
    if (job->signals) {
      for (const auto& [kind, id, status] : signals) AddSignal(report, kind, id, status);
    }
    report.set_streamed(streamed);
    ASSERT_TRUE(h.HandIn(report).ok());
  }
  size_t Events() { return h.Sent<v1::SignalEvent>().size(); }

  Harness h;
};

TEST_F(PushingTest, AMentionIsTakenAtOnceAndThePollAddsNothing) {
  Poll({});
  ASSERT_TRUE(Push(PushOf(v1::SIGNAL_KIND_MENTION, "9", "9")).ok());
  EXPECT_EQ(h.Item("9").state(), v1::INBOX_STATE_OPEN);
  EXPECT_EQ(Events(), 1U);
  ASSERT_TRUE(Push(PushOf(v1::SIGNAL_KIND_MENTION, "9", "9")).ok()) << "streams repeat";
  EXPECT_EQ(Events(), 0U);
  h.clock.Advance(absl::Hours(1));
  Poll({{v1::SIGNAL_KIND_MENTION, "9", "9"}});
  EXPECT_EQ(Events(), 0U);
}

TEST_F(PushingTest, WhatAPollBroughtIsNotTakenAgainHoweverLateItIsPushed) {
  Poll({{v1::SIGNAL_KIND_REPLY, "5", "5"}, {v1::SIGNAL_KIND_FAVOURITE, "n1", ""}});
  EXPECT_EQ(Events(), 2U);
  // More than the recent ids hold goes by.
  for (int round = 0; round < 10; ++round) {
    h.clock.Advance(absl::Hours(1));
    std::vector<std::tuple<v1::SignalKind, std::string, std::string>> likes;
    for (int i = 0; i < 40; ++i) likes.emplace_back(v1::SIGNAL_KIND_FAVOURITE, fmt::format("m{}.{}", round, i), "");
    Poll(likes);
  }
  EXPECT_EQ(Events(), 400U);
  ASSERT_TRUE(Push(PushOf(v1::SIGNAL_KIND_REPLY, "5", "5")).ok());
  ASSERT_TRUE(Push(PushOf(v1::SIGNAL_KIND_FAVOURITE, "n1")).ok());
  EXPECT_EQ(Events(), 0U);
}

TEST_F(PushingTest, AReactionMakesItPollSoonAndTheCursorStays) {
  Poll({}, /*streamed=*/true);
  const absl::Time later = FromProto(h.Collection().next_poll_at());
  ASSERT_TRUE(Push(PushOf(v1::SIGNAL_KIND_FAVOURITE, "n1")).ok());
  EXPECT_LT(FromProto(h.Collection().next_poll_at()), later);
  EXPECT_EQ(FromProto(h.Collection().next_poll_at()), h.clock.Now() + h.options.reaction_delay);
  EXPECT_EQ(h.Collection().cursor(), "c");
  EXPECT_EQ(Events(), 0U);
  h.clock.Advance(h.options.reaction_delay);
  Poll({{v1::SIGNAL_KIND_FAVOURITE, "n1", ""}}, /*streamed=*/true);
  EXPECT_EQ(Events(), 1U);
}

TEST_F(PushingTest, WhereAStreamStandsNotificationsAreReadRarely) {
  Poll({}, /*streamed=*/true);
  h.clock.Advance(h.options.poll_interval * 2);
  auto job = h.StartPoll();
  ASSERT_NE(job, nullptr);
  EXPECT_FALSE(job->signals) << "the poll is for the numbers alone";
  v1::PollReport report = h.Report(*job);
  report.set_signals_read(false);
  report.set_streamed(true);
  ASSERT_TRUE(h.HandIn(report).ok());
  h.clock.Advance(h.options.streamed_interval);
  job = h.StartPoll();
  ASSERT_NE(job, nullptr);
  EXPECT_TRUE(job->signals);
  ASSERT_TRUE(h.HandIn(h.Report(*job)).ok());  // the stream stands no more
  h.clock.Advance(h.options.poll_interval * 2);
  job = h.StartPoll();
  ASSERT_NE(job, nullptr);
  EXPECT_TRUE(job->signals);
}

TEST_F(PushingTest, AHintDuringAPollIsFollowedByAnother) {
  Poll({}, true);
  h.clock.Advance(h.options.poll_interval * 2);
  const auto job = h.StartPoll();
  ASSERT_NE(job, nullptr);
  v1::PushReport hint;
  hint.set_account_id(kAccount);
  hint.set_poll_now(true);
  ASSERT_TRUE(Push(hint).ok());
  v1::PollReport report = h.Report(*job);
  report.set_streamed(true);
  ASSERT_TRUE(h.HandIn(report).ok());
  h.clock.Advance(h.options.reaction_delay);
  const auto next = h.StartPoll();
  ASSERT_NE(next, nullptr);
  EXPECT_TRUE(next->signals) << "what the hint was about may have come after the page was read";
}

TEST_F(PushingTest, TheStreamsCursorIsInTheRecordOfWhatItBrought) {
  v1::PushReport report = PushOf(v1::SIGNAL_KIND_MENTION, "9", "9");
  report.set_stream_cursor("1800000000000000");
  ASSERT_TRUE(Push(report).ok());
  EXPECT_EQ(h.Collection().stream_cursor(), "1800000000000000");
  EXPECT_TRUE(h.Item("9").has_created_at());
}

TEST_F(PushingTest, AnAccountThatIsNotConnectedTakesNothing) {
  h.Connect(2, false);
  EXPECT_EQ(ReasonOf(Push(PushOf(v1::SIGNAL_KIND_MENTION, "9", "9"))), "NOT_CONNECTED");
  EXPECT_TRUE(h.Item("9").id().empty());
}

TEST_F(PushingTest, ADirectMessageIsAnsweredInItsConversation) {
  v1::PushReport report = PushOf(v1::SIGNAL_KIND_DIRECT_MESSAGE, "9", "9");
  report.mutable_signals(0)->set_conversation_remote_id("convo-1");
  ASSERT_TRUE(Push(report).ok());
  const v1::InboxItem item = h.Item("9");
  EXPECT_EQ(item.kind(), v1::SIGNAL_KIND_DIRECT_MESSAGE);
  h.Sent<v1::SignalEvent>();
  v1::ReplyRequest reply;
  reply.set_id(item.id());
  reply.set_text("Ten.");
  ASSERT_TRUE(h.ledger.Command("acme", "r1", item.id(), reply).status.ok());
  const auto sent = h.Sent<publisher::v1::PublisherMessage>();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].dispatch().content().conversation_remote_id(), "convo-1");
}

// Who speaks to followers alone is not answered in public.
TEST_F(PushingTest, AReplyIsSeenByNoMoreThanWhatItAnswers) {
  using publisher::v1::Visibility;
  const std::vector<std::pair<Visibility, Visibility>> answered_as = {
      {publisher::v1::VISIBILITY_PRIVATE, publisher::v1::VISIBILITY_PRIVATE},
      {publisher::v1::VISIBILITY_UNLISTED, publisher::v1::VISIBILITY_UNLISTED},
      {publisher::v1::VISIBILITY_PUBLIC, publisher::v1::VISIBILITY_UNSPECIFIED},
      {publisher::v1::VISIBILITY_UNSPECIFIED, publisher::v1::VISIBILITY_UNSPECIFIED}};
  int number = 10;
  for (const auto& [seen_by, expected] : answered_as) {
    const std::string status = std::to_string(++number);
    v1::PushReport report = PushOf(v1::SIGNAL_KIND_MENTION, status, status);
    report.mutable_signals(0)->set_visibility(seen_by);
    ASSERT_TRUE(Push(report).ok());
    const v1::InboxItem item = h.Item(status);
    EXPECT_EQ(item.visibility(), seen_by);
    h.Sent<v1::SignalEvent>();
    v1::ReplyRequest reply;
    reply.set_id(item.id());
    reply.set_text("Ten.");
    ASSERT_TRUE(h.ledger.Command("acme", "r" + status, item.id(), reply).status.ok());
    const auto sent = h.Sent<publisher::v1::PublisherMessage>();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].dispatch().content().visibility(), expected);
    EXPECT_EQ(sent[0].dispatch().content_hash(), content::ContentHash(sent[0].dispatch().content()));
  }
}

}  // namespace
}  // namespace carillon::listener
