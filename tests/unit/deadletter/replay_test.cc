#include "common/deadletter/replay.h"

#include "common/base/ids.h"
#include "tests/unit/deadletter/fake_log.h"

namespace carillon::deadletter {
namespace {

using ::testing::HasSubstr;

class ReplayTest : public DeadLetterFixture {
 protected:
  Result<ops::v1::ReplayDeadLettersResponse> Run(const std::vector<int64_t>& offsets) {
    common::v1::Actor actor;
    actor.set_id("ann");
    Replay replay(cluster_, log_, clock_, {"counter", kTopic, kInbox}, test::v1::CounterMessage::default_instance(), "t-replay");
    return replay.Run(offsets, actor, Soon());
  }
  std::string RefusalOf(int64_t offset) {
    const auto response = Run({offset});
    EXPECT_TRUE(response.ok()) << ToString(response.status());
    if (!response.ok() || response->not_replayed_size() != 1) return "";
    EXPECT_EQ(response->replayed_size(), 0);
    EXPECT_TRUE(cluster_.written.empty());
    return response->not_replayed(0).reason();
  }
  FakeCluster cluster_{log_};
};

TEST_F(ReplayTest, TheBytesGoBackAndANoteIsLeft) {
  const int64_t offset = AddLetter("\xff\xff", "k\xff", 5);
  const auto response = Run({offset});
  ASSERT_TRUE(response.ok()) << ToString(response.status());
  ASSERT_EQ(response->replayed_size(), 1);
  EXPECT_EQ(response->replayed(0).inbox_topic(), kInbox);
  EXPECT_EQ(response->replayed(0).inbox_partition(), 5);
  EXPECT_EQ(response->replayed(0).inbox_offset(), 0);
  EXPECT_EQ(response->replayed(0).before(), ops::v1::REPLAY_STATE_NEVER);
  ASSERT_EQ(cluster_.written.size(), 2u);
  EXPECT_EQ(cluster_.written[0].key, "k\xff");
  EXPECT_EQ(cluster_.written[0].value, "\xff\xff");
  EXPECT_EQ(cluster_.written[1].topic, kTopic);
  const auto page = MakeLetters().Before(std::nullopt, 10, Soon());
  ASSERT_EQ(page->letters.size(), 1u);
  EXPECT_EQ(page->letters[0].replay_state(), ops::v1::REPLAY_STATE_REPLAYED);
  EXPECT_EQ(page->letters[0].replayed_by().id(), "ann");
  EXPECT_EQ(Run({offset})->replayed(0).before(), ops::v1::REPLAY_STATE_REPLAYED);
}

TEST_F(ReplayTest, AMessageGoesWhereItsReceiverLives) {
  // It came from a partition where it did not belong.
  const int home = PartitionOf("ctr_1", 8);
  const int64_t offset = AddLetter(MessageTo("ctr_1"), "k", (home + 1) % 8);
  const auto response = Run({offset});
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->replayed(0).inbox_partition(), home);
  EXPECT_EQ(cluster_.written[0].partition, home);
}

TEST_F(ReplayTest, WhatCannotBePutBackSaysWhy) {
  const int64_t foreign = AddLetter("x", "k", 3, "t.counter.ledger.v1");
  const int64_t far = AddLetter("x", "k", 8);
  const int64_t garbage = log_.Add(kTopic, "hello");
  const int64_t tombstone = log_.Add(kTopic, std::nullopt);
  const int64_t left_out = AddLetter(std::string(1'000'000, 'v'));
  AddNote(foreign);
  EXPECT_EQ(RefusalOf(foreign), "FOREIGN_LETTER");
  EXPECT_EQ(RefusalOf(far), "NO_SUCH_PARTITION");
  EXPECT_EQ(RefusalOf(garbage), "UNREADABLE_LETTER");
  EXPECT_EQ(RefusalOf(tombstone), "UNREADABLE_LETTER");
  EXPECT_EQ(RefusalOf(left_out), "ORIGINAL_EXPIRED");
  EXPECT_EQ(RefusalOf(left_out + 2), "NOT_A_LETTER");
  EXPECT_EQ(RefusalOf(left_out + 1), "NO_SUCH_LETTER");
  EXPECT_EQ(RefusalOf(5000), "NO_SUCH_LETTER");
  log_.topics[{kTopic, 0}].low = 1;
  EXPECT_EQ(RefusalOf(0), "LETTER_EXPIRED");
}

TEST_F(ReplayTest, WhatALetterLeftOutIsReadAtItsOrigin) {
  const std::string value(1'000'000, 'v');
  FakeTopic& inbox = log_.topics[{kInbox, 3}];
  inbox.high = 17;
  log_.Add(kInbox, value, "original key", 3);
  const int64_t offset = AddLetter(value);
  ASSERT_TRUE(Run({offset}).ok());
  ASSERT_EQ(cluster_.written.size(), 2u);
  EXPECT_EQ(cluster_.written[0].key, "original key");
  EXPECT_EQ(cluster_.written[0].value, value);
  // Another record stands there now: the topic was made anew.
  inbox.records[17].value = "else";
  cluster_.written.clear();
  EXPECT_EQ(RefusalOf(offset), "ORIGINAL_EXPIRED");
}

TEST_F(ReplayTest, TheOthersOfACallArePutBack) {
  const int64_t first = AddLetter("a");
  const int64_t foreign = AddLetter("b", "k", 3, "t.else");
  const int64_t last = AddLetter("c");
  const auto response = Run({first, foreign, last});
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->replayed_size(), 2);
  EXPECT_EQ(response->not_replayed_size(), 1);
  EXPECT_EQ(cluster_.written.size(), 4u);
}

TEST_F(ReplayTest, BadOffsetsAndTooMuchAreRefused) {
  EXPECT_EQ(ReasonOf(Run({}).status()), "BAD_OFFSETS");
  EXPECT_EQ(ReasonOf(Run({3, 3}).status()), "BAD_OFFSETS");
  EXPECT_EQ(ReasonOf(Run({5, 3}).status()), "BAD_OFFSETS");
  EXPECT_EQ(ReasonOf(Run({-1}).status()), "BAD_OFFSETS");
  EXPECT_EQ(ReasonOf(Run({0, kApartMax + 1}).status()), "BAD_OFFSETS");
  std::vector<int64_t> offsets;
  for (int i = 0; i < 12; ++i) offsets.push_back(AddLetter(std::string(900'000, 'v')));
  EXPECT_EQ(ReasonOf(Run(offsets).status()), "TOO_LARGE");
  EXPECT_TRUE(cluster_.written.empty());
}

TEST_F(ReplayTest, OnlyACommitThatMayHaveHappenedIsUnknown) {
  const int64_t offset = AddLetter("a");
  cluster_.verdict = kafka::Verdict::kAbort;
  EXPECT_EQ(ReasonOf(Run({offset}).status()), "NOT_REPLAYED");
  cluster_.no_producer = true;
  EXPECT_EQ(ReasonOf(Run({offset}).status()), "NOT_REPLAYED");
  log_.away = true;
  EXPECT_EQ(ReasonOf(Run({offset}).status()), "NOT_REPLAYED");
  log_.away = cluster_.no_producer = false;
  for (const auto verdict : {kafka::Verdict::kUncertain, kafka::Verdict::kRecreate, kafka::Verdict::kFatal}) {
    cluster_.verdict = verdict;
    const auto response = Run({offset});
    EXPECT_FALSE(response.ok());
    EXPECT_EQ(ReasonOf(response.status()), "");
    EXPECT_THAT(Message(response.status()), HasSubstr("not known"));
  }
}

}  // namespace
}  // namespace carillon::deadletter
