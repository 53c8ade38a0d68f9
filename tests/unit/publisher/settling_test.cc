// After a lost answer: every interleaving of report, look-up, crash, takeover and person.
#include <gmock/gmock.h>

#include "services/publisher/domain/attempts.h"
#include "tests/unit/publisher/harness.h"

namespace carillon::publisher::testing {
namespace {

class SettlingTest : public ::testing::Test {
 protected:
  // Until the next look-up is asked for, at most `most`.
  std::shared_ptr<const LookupJob> NextLookup(absl::Duration most = absl::Minutes(20)) {
    const size_t before = h.lookups.size();
    for (absl::Duration passed; passed < most && h.lookups.size() == before; passed += kStep) {
      h.Pass(kStep);
    }
    EXPECT_GT(h.lookups.size(), before);
    return h.lookups.size() > before ? h.lookups.back() : std::make_shared<LookupJob>();
  }

  static constexpr absl::Duration kStep = absl::Milliseconds(500);
  Harness h;
};

TEST_F(SettlingTest, CrashAfterSendingIsLookedUpNotBeforeTheMargin) {
  const std::string id = h.Publish(h.Connect());
  h.Pass(h.rules.send_budget + h.rules.judge_margin - absl::Seconds(1));
  EXPECT_EQ(h.State(id), "SENDING");
  EXPECT_TRUE(h.lookups.empty());
  h.Pass(absl::Seconds(1));
  EXPECT_EQ(h.State(id), "CHECKING");
  ASSERT_EQ(h.lookups.size(), 1u);
  h.Looked(*h.lookups[0], v1::LOOKUP_RESULT_FOUND, "55");
  EXPECT_EQ(h.State(id), "PUBLISHED");
  EXPECT_EQ(h.Delivery(id).attempts(0).outcome(), "LOOKUP_FOUND");
}

TEST_F(SettlingTest, AbsentCountsOnlyAfterTheSettlingTime) {
  const std::string id = h.Publish(h.Connect());
  const absl::Time send_before = h.sends[0]->send_before;
  h.Unknown(*h.sends[0]);
  EXPECT_EQ(h.State(id), "CHECKING");
  while (h.sends.size() == 1) {
    const auto lookup = NextLookup();
    ASSERT_EQ(h.sends.size(), 1u);
    EXPECT_GE(h.clock.Now(), send_before + h.rules.judge_margin);
    h.Looked(*lookup, v1::LOOKUP_RESULT_ABSENT);
  }
  EXPECT_GE(h.clock.Now(), send_before + h.rules.settle);
  EXPECT_EQ(h.sends[1]->attempt, 2);
  EXPECT_EQ(h.Delivery(id).attempts(0).outcome(), "LOOKUP_ABSENT");
  EXPECT_EQ(h.sends[1]->delivery.id(), id);
}

TEST_F(SettlingTest, AcceptedLateAfterAnEarlyAbsentIsFoundByTheNextLook) {
  const std::string id = h.Publish(h.Connect());
  h.Unknown(*h.sends[0]);
  h.Looked(*NextLookup(), v1::LOOKUP_RESULT_ABSENT);
  h.Looked(*NextLookup(), v1::LOOKUP_RESULT_FOUND, "77");
  EXPECT_EQ(h.State(id), "PUBLISHED");
  EXPECT_EQ(h.sends.size(), 1u);
}

TEST_F(SettlingTest, IdempotentPlatformMayBeAskedAgainUnderTheSameKey) {
  const std::string id = h.Publish(h.Connect("acme", 3600));
  const absl::Time send_before = h.sends[0]->send_before;
  h.Unknown(*h.sends[0]);
  while (h.sends.size() == 1) h.Looked(*NextLookup(), v1::LOOKUP_RESULT_UNAVAILABLE);
  EXPECT_GE(h.clock.Now(), send_before + h.rules.settle_idempotent);
  EXPECT_LT(h.clock.Now(), send_before + h.rules.settle);
  EXPECT_EQ(h.sends[1]->attempt, 2);
  h.Published(*h.sends[1], "8");
  EXPECT_EQ(h.State(id), "PUBLISHED");
}

TEST_F(SettlingTest, IdempotencyThatHasRunOutProvesNothing) {
  const std::string id = h.Publish(h.Connect("acme", 25));
  h.Unknown(*h.sends[0]);
  while (h.State(id) == "CHECKING") h.Looked(*NextLookup(), v1::LOOKUP_RESULT_AMBIGUOUS);
  EXPECT_EQ(h.State(id), "UNCONFIRMED");
  EXPECT_EQ(h.sends.size(), 1u);
}

TEST_F(SettlingTest, KillSwitchStopsARepeatButNotTheLookUp) {
  const std::string id = h.Publish(h.Connect("acme", 3600));
  h.Unknown(*h.sends[0]);
  h.gates.kill_switch = true;
  for (int i = 0; i < 3; ++i) h.Looked(*NextLookup(), v1::LOOKUP_RESULT_AMBIGUOUS);
  EXPECT_EQ(h.sends.size(), 1u);
  EXPECT_EQ(h.State(id), "CHECKING");
  h.Looked(*NextLookup(), v1::LOOKUP_RESULT_FOUND, "5");
  EXPECT_EQ(h.State(id), "PUBLISHED");
}

TEST_F(SettlingTest, AmbiguousEndsUnconfirmedAndIsNeverGuessed) {
  const std::string id = h.Publish(h.Connect());
  h.Unknown(*h.sends[0]);
  while (h.State(id) == "CHECKING") h.Looked(*NextLookup(), v1::LOOKUP_RESULT_AMBIGUOUS);
  EXPECT_EQ(h.State(id), "UNCONFIRMED");
  EXPECT_EQ(static_cast<int>(h.lookups.size()), h.rules.lookups_max);
  EXPECT_EQ(h.sends.size(), 1u);
  EXPECT_EQ(h.Outcomes(), std::vector<std::string>{"UNCONFIRMED"});
}

// A platform that is away for hours makes no work for people: only what nobody can say for a whole window does.
TEST_F(SettlingTest, WhereNobodyAnswersItIsAskedForAWholeWindow) {
  const std::string id = h.Publish(h.Connect());
  h.Unknown(*h.sends[0]);
  const absl::Time began = h.clock.Now();
  absl::Time asked = began;
  size_t answered = 0;
  while (h.State(id) == "CHECKING") {
    h.Pass(absl::Seconds(1), absl::Seconds(1));
    for (; answered < h.lookups.size(); ++answered) {
      h.Looked(*h.lookups[answered], v1::LOOKUP_RESULT_UNAVAILABLE);
      EXPECT_LE(h.clock.Now() - asked, h.rules.lookup_pause_max + absl::Minutes(1));
      asked = h.clock.Now();
    }
  }
  EXPECT_EQ(h.State(id), "UNCONFIRMED");
  EXPECT_GE(h.clock.Now() - began, h.rules.lookup_window);
  EXPECT_LE(h.clock.Now() - began, h.rules.lookup_window + 2 * h.rules.lookup_pause_max);
  EXPECT_EQ(h.sends.size(), 1u);
}

TEST_F(SettlingTest, AnAnswerAfterHoursOfSilenceSettlesIt) {
  const std::string id = h.Publish(h.Connect());
  h.Unknown(*h.sends[0]);
  const absl::Time began = h.clock.Now();
  while (h.clock.Now() - began < absl::Hours(3)) {
    h.Looked(*NextLookup(), v1::LOOKUP_RESULT_UNAVAILABLE);
    ASSERT_EQ(h.State(id), "CHECKING");
  }
  h.Looked(*NextLookup(), v1::LOOKUP_RESULT_FOUND, "7");
  EXPECT_EQ(h.State(id), "PUBLISHED");
}

TEST_F(SettlingTest, LookupWithoutReportIsAskedAgainAndEndsAtLast) {
  const std::string id = h.Publish(h.Connect());
  h.Unknown(*h.sends[0]);
  h.rules.lookup_window = absl::Minutes(10);
  h.Pass(absl::Minutes(20));
  EXPECT_EQ(h.State(id), "UNCONFIRMED");
  EXPECT_GE(static_cast<int>(h.lookups.size()), h.rules.lookups_max);
}

TEST_F(SettlingTest, LookUpsThatComeLateAreNotSpentAtOnce) {
  const std::string id = h.Publish(h.Connect());
  h.clock.Advance(absl::Hours(7));  // an outage of ours: nobody looked at what is due
  const absl::Time began = h.clock.Now();
  do {
    h.Looked(*NextLookup(), v1::LOOKUP_RESULT_UNAVAILABLE);
  } while (h.State(id) == "CHECKING");
  EXPECT_EQ(h.State(id), "UNCONFIRMED");
  EXPECT_GE(h.clock.Now() - began, absl::Minutes(3)) << "a platform that is away for a minute";
}

TEST_F(SettlingTest, ReportThatComesAfterTheDueMomentStillCounts) {
  const std::string id = h.Publish(h.Connect());
  h.Pass(absl::Seconds(26));
  ASSERT_EQ(h.State(id), "CHECKING");
  h.Published(*h.sends[0], "3");
  EXPECT_EQ(h.State(id), "PUBLISHED");
  // The look-up that was under way finds the same post: nothing changes.
  h.Outcomes();
  h.Looked(*h.lookups[0], v1::LOOKUP_RESULT_FOUND, "3");
  EXPECT_TRUE(h.Outcomes().empty());
  EXPECT_EQ(h.duplicates, 0);
}

TEST_F(SettlingTest, LateRefusalProvesThatNothingHappened) {
  const std::string id = h.Publish(h.Connect());
  h.Pass(absl::Seconds(26));
  h.Refused(*h.sends[0], v1::REFUSAL_CLASS_RETRYABLE);
  EXPECT_EQ(h.State(id), "QUEUED");
  h.Pass(absl::Seconds(2));
  EXPECT_EQ(h.sends.size(), 2u);
}

TEST_F(SettlingTest, SupersededAttemptThatSaysPublishedIsAlarmed) {
  const std::string id = h.Publish(h.Connect());
  h.Unknown(*h.sends[0]);
  while (h.sends.size() == 1) h.Looked(*NextLookup(), v1::LOOKUP_RESULT_ABSENT);
  h.Published(*h.sends[0], "old");
  EXPECT_EQ(h.State(id), "SENDING");
  EXPECT_TRUE(h.Delivery(id).duplicate_suspected());
  EXPECT_EQ(h.duplicates, 1);
  h.Published(*h.sends[1], "new");
  EXPECT_EQ(h.State(id), "PUBLISHED");
  EXPECT_TRUE(h.Delivery(id).duplicate_suspected());
  EXPECT_EQ(h.Delivery(id).attempts(0).remote_id(), "old");
}

TEST_F(SettlingTest, SupersededAttemptWithTheSamePostIsNoDuplicate) {
  const std::string id = h.Publish(h.Connect("acme", 3600));
  h.Unknown(*h.sends[0]);
  while (h.sends.size() == 1) h.Looked(*NextLookup(), v1::LOOKUP_RESULT_ABSENT);
  h.Published(*h.sends[0], "one");
  h.Published(*h.sends[1], "one");
  EXPECT_EQ(h.State(id), "PUBLISHED");
  EXPECT_FALSE(h.Delivery(id).duplicate_suspected());
}

TEST_F(SettlingTest, SupersededAttemptSavesTheOneThatIsRefused) {
  const std::string id = h.Publish(h.Connect());
  h.Unknown(*h.sends[0]);
  while (h.sends.size() == 1) h.Looked(*NextLookup(), v1::LOOKUP_RESULT_ABSENT);
  h.Published(*h.sends[0], "old");
  h.Refused(*h.sends[1], v1::REFUSAL_CLASS_RETRYABLE);
  EXPECT_EQ(h.State(id), "PUBLISHED");
  EXPECT_EQ(h.Delivery(id).remote_id(), "old");
  EXPECT_EQ(h.sends.size(), 2u);
}

TEST_F(SettlingTest, PublishedAfterAPersonWasAskedIsPublished) {
  h.rules.lookup_window = absl::Minutes(10);
  const std::string id = h.Publish(h.Connect());
  h.Unknown(*h.sends[0]);
  h.Pass(absl::Minutes(20));
  ASSERT_EQ(h.State(id), "UNCONFIRMED");
  h.Outcomes();
  h.Published(*h.sends[0], "3");
  EXPECT_EQ(h.State(id), "PUBLISHED");
  EXPECT_EQ(h.Outcomes(), std::vector<std::string>{"PUBLISHED"});
}

TEST_F(SettlingTest, SecondPostOfAFinishedDeliveryIsAlarmedAndTold) {
  const std::string id = h.Publish(h.Connect());
  h.Pass(absl::Seconds(26));
  h.Looked(*h.lookups[0], v1::LOOKUP_RESULT_FOUND, "a");
  h.Outcomes();
  h.Published(*h.sends[0], "b");
  EXPECT_TRUE(h.Delivery(id).duplicate_suspected());
  EXPECT_EQ(h.duplicates, 1);
  EXPECT_EQ(h.Delivery(id).remote_id(), "a");
}

TEST_F(SettlingTest, EqualTextsAreNeverInDoubtTogether) {
  const std::string account = h.Connect();
  const std::string first = h.Publish(account, {.text = "Sale today!", .post = "post_1"});
  const std::string second = h.Publish(account, {.text = "sale  TODAY", .post = "post_2"});
  const std::string other = h.Publish(account, {.text = "Something else", .post = "post_3"});
  h.Unknown(*h.sends[0]);
  // Another text goes on while the first is looked up; an equal one waits.
  ASSERT_EQ(h.sends.size(), 2u);
  EXPECT_EQ(h.sends[1]->delivery.id(), other);
  h.Published(*h.sends[1], "3");
  EXPECT_EQ(h.Delivery(second).waiting_for(), "EQUAL_TEXT");
  h.Looked(*NextLookup(), v1::LOOKUP_RESULT_FOUND, "1");
  EXPECT_EQ(h.State(first), "PUBLISHED");
  h.Pass(absl::Minutes(1));
  ASSERT_EQ(h.sends.size(), 3u);
  EXPECT_EQ(h.sends[2]->delivery.id(), second);
  // Its own look-up knows what belongs to others.
  h.Unknown(*h.sends[2]);
  const auto lookup = NextLookup();
  const std::vector<std::string> known = PostsOfOthers(lookup->account, lookup->delivery);
  EXPECT_THAT(known, ::testing::IsSupersetOf({"3", "1"}));
  h.Looked(*lookup, v1::LOOKUP_RESULT_FOUND, "1");
  EXPECT_EQ(h.State(second), "CHECKING");
}

// Found by 100,000 posts under faults: the look-up came seven minutes late, when the equal post was long forgotten, and claimed it.
TEST_F(SettlingTest, ALookUpThatComesVeryLateDoesNotClaimAnEqualPostEither) {
  const std::string account = h.Connect();
  const std::string first = h.Publish(account, {.text = "Sale today!", .post = "post_1"});
  const std::string second = h.Publish(account, {.text = "Sale today!", .post = "post_2"});
  h.Published(*h.sends[0], "1");
  h.Pass(absl::Seconds(3));
  ASSERT_EQ(h.sends.size(), 2u);  // the second; its process dies
  h.clock.Advance(h.rules.recent_kept + absl::Minutes(1));
  // Another post of the account, after which old ones are forgotten.
  h.ledger.RunDue();
  h.Publish(account, {.text = "Something else", .post = "post_3"});
  h.Pass(absl::Seconds(5));
  ASSERT_EQ(h.sends.size(), 3u);
  h.Published(*h.sends[2], "3");
  EXPECT_EQ(h.Account(account).account.recent_size(), 1);
  ASSERT_FALSE(h.lookups.empty());
  EXPECT_THAT(PostsOfOthers(h.lookups.back()->account, h.lookups.back()->delivery), ::testing::Contains("1"));
  h.Looked(*h.lookups.back(), v1::LOOKUP_RESULT_FOUND, "1");
  EXPECT_EQ(h.State(second), "CHECKING");
  EXPECT_EQ(h.Delivery(second).remote_id(), "");
}

// The other way round: the older one turns out to be published while the younger is looked for.
TEST_F(SettlingTest, APostThatIsReportedLateIsNotClaimedByAnEqualOneInDoubt) {
  const std::string account = h.Connect();
  h.Publish(account, {.text = "Sale today!", .post = "post_1"});
  h.Refused(*h.sends[0], v1::REFUSAL_CLASS_INVALID_CONTENT);
  const std::string second = h.Publish(account, {.text = "Sale today!", .post = "post_2"});
  h.Pass(absl::Seconds(3));
  ASSERT_EQ(h.sends.size(), 2u);
  h.Published(*h.sends[0], "1");  // it was accepted after all
  h.clock.Advance(h.rules.recent_kept + absl::Minutes(1));
  h.ledger.RunDue();
  h.Looked(*h.lookups.back(), v1::LOOKUP_RESULT_FOUND, "1");
  EXPECT_EQ(h.State(second), "CHECKING");
}

TEST_F(SettlingTest, LookUpBeginsAtTheFirstAttemptInDoubtNotAtARefusedOne) {
  h.Publish(h.Connect());
  h.Refused(*h.sends[0], v1::REFUSAL_CLASS_RATE_LIMITED, absl::Minutes(3));
  h.Pass(absl::Minutes(3) + absl::Seconds(2));
  ASSERT_EQ(h.sends.size(), 2u);
  const absl::Time second = h.clock.Now() - absl::Seconds(3);
  h.Unknown(*h.sends[1]);
  EXPECT_GE(NextLookup()->since, second);
}

// Its address ends with the record's key; its id, by which it is read afterwards, is the whole at-URI.
TEST_F(SettlingTest, APersonNamesABlueskyPostByItsAddress) {
  const std::string id = h.Publish(h.Connect("did:plc:acme", 0, absl::ZeroDuration(), "bluesky"));
  h.Unknown(*h.sends[0]);
  while (h.State(id) == "CHECKING") h.Looked(*NextLookup(), v1::LOOKUP_RESULT_AMBIGUOUS);
  ASSERT_EQ(h.State(id), "UNCONFIRMED");
  ASSERT_TRUE(h.Resolve(id, "https://bsky.app/profile/acme.example/post/3jzfcijpj2z2a").status.ok());
  EXPECT_EQ(h.Delivery(id).remote_id(), "at://did:plc:acme/app.bsky.feed.post/3jzfcijpj2z2a");
}

TEST_F(SettlingTest, APersonResolvesBothWays) {
  h.rules.lookup_window = absl::Minutes(10);
  const std::string account = h.Connect();
  const std::string id = h.Publish(account);
  EXPECT_EQ(ReasonOf(h.Resolve(id, "").status), "NOT_UNCONFIRMED");
  h.Unknown(*h.sends[0]);
  h.Pass(absl::Minutes(20));
  ASSERT_EQ(h.State(id), "UNCONFIRMED");
  EXPECT_EQ(ReasonOf(h.Resolve(id, "nowhere").status), "BAD_URL");
  EXPECT_EQ(ReasonOf(h.Resolve(id, "https://social.example/").status), "BAD_URL");
  h.Outcomes();
  ASSERT_TRUE(h.Resolve(id, "https://social.example/@acme/42/").status.ok());
  EXPECT_EQ(h.State(id), "PUBLISHED");
  EXPECT_EQ(h.Delivery(id).remote_id(), "42");
  EXPECT_EQ(h.Outcomes(), std::vector<std::string>{"PUBLISHED"});

  h.sends.clear();
  const std::string again = h.Publish(account, {.text = "Another", .post = "post_2"});
  h.Unknown(*h.sends[0]);
  h.Pass(absl::Minutes(20));
  ASSERT_TRUE(h.Resolve(again, "").status.ok());
  // Its not_after is long past: a person's word holds for a while.
  EXPECT_EQ(h.State(again), "SENDING");
  h.Published(*h.sends[1], "43");
  EXPECT_EQ(h.State(again), "PUBLISHED");
}

TEST_F(SettlingTest, DoubtIsNotForgottenWhenARetryCannotGo) {
  h.rules.lookup_window = absl::Minutes(10);
  const std::string id = h.Publish(h.Connect());
  h.Unknown(*h.sends[0]);
  h.Pass(absl::Minutes(20));
  h.gates.kill_switch = true;
  ASSERT_TRUE(h.Resolve(id, "").status.ok());
  EXPECT_EQ(h.State(id), "QUEUED");
  h.Outcomes();
  ASSERT_TRUE(h.Cancel(id));
  EXPECT_EQ(h.State(id), "UNCONFIRMED");
  ASSERT_TRUE(h.Resolve(id, "").status.ok());
  h.Pass(absl::Minutes(16));
  EXPECT_EQ(h.State(id), "UNCONFIRMED");
}

TEST_F(SettlingTest, HeldIsSentOnlyOnAPersonsWord) {
  const std::string account = h.Connect();
  h.gates.control_fresh = false;
  const std::string id =
      h.Publish(account, {.not_after = absl::Seconds(5), .hold_if_late = true});
  h.Pass(absl::Seconds(8));
  ASSERT_EQ(h.State(id), "HELD");
  h.gates.control_fresh = true;
  ASSERT_TRUE(h.Resolve(id, "").status.ok());
  EXPECT_EQ(h.State(id), "SENDING");
}

TEST_F(SettlingTest, DuplicateRefusalIsLookedUpAndNeverSentAgain) {
  const std::string id = h.Publish(h.Connect("acme", 3600));
  h.Refused(*h.sends[0], v1::REFUSAL_CLASS_DUPLICATE);
  EXPECT_EQ(h.State(id), "CHECKING");
  while (h.State(id) == "CHECKING") h.Looked(*NextLookup(), v1::LOOKUP_RESULT_ABSENT);
  EXPECT_EQ(h.State(id), "FAILED");
  EXPECT_EQ(h.Delivery(id).error_reason(), "DUPLICATE");
  EXPECT_EQ(h.sends.size(), 1u);
}

TEST_F(SettlingTest, AbsentAfterItsTimeIsExpiredNotSent) {
  const std::string id = h.Publish(h.Connect(), {.not_after = absl::Seconds(30)});
  h.Unknown(*h.sends[0]);
  while (h.State(id) == "CHECKING") h.Looked(*NextLookup(), v1::LOOKUP_RESULT_ABSENT);
  EXPECT_EQ(h.State(id), "EXPIRED");
  EXPECT_EQ(h.sends.size(), 1u);
}

}  // namespace
}  // namespace carillon::publisher::testing
