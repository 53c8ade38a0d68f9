#include "common/deadletter/letters.h"

#include "tests/unit/deadletter/fake_log.h"

namespace carillon::deadletter {
namespace {

using ops::v1::REPLAY_STATE_NEVER;
using ops::v1::REPLAY_STATE_REPLAYED;
using ops::v1::REPLAY_STATE_UNKNOWN;

using LettersTest = DeadLetterFixture;

TEST_F(LettersTest, AnEmptyTopicHasAnEmptyPage) {
  Letters letters = MakeLetters();
  const auto page = letters.Before(std::nullopt, 10, Soon());
  ASSERT_TRUE(page.ok()) << ToString(page.status());
  EXPECT_TRUE(page->letters.empty());
  EXPECT_EQ(page->next_before, -1);
}

TEST_F(LettersTest, ALetterIsDescribedByWhatCanBeDecoded) {
  AddLetter(MessageTo("ctr_1"), "ctr_1");
  AddLetter("\xff\xff", "\xfe");
  log_.Add(kTopic, std::nullopt);
  log_.Add(kTopic, "not a letter");
  AddLetter(MessageTo("ctr_2"), "k", 0, "t.other.inbox.v1");
  Letters letters = MakeLetters();
  const auto page = letters.Before(std::nullopt, 10, Soon());
  ASSERT_TRUE(page.ok()) << ToString(page.status());
  ASSERT_EQ(page->letters.size(), 5u);
  const auto& good = page->letters[4];
  EXPECT_EQ(good.service(), "counter");
  EXPECT_EQ(good.offset(), 0);
  EXPECT_EQ(FromProto(good.at()), absl::FromUnixSeconds(1000));
  EXPECT_EQ(good.origin_topic(), kInbox);
  EXPECT_EQ(good.origin_partition(), 3);
  EXPECT_EQ(good.origin_offset(), 17);
  EXPECT_EQ(good.message_type(), "CounterMessage");
  EXPECT_EQ(good.message_id(), "m-ctr_1");
  EXPECT_EQ(good.to(), "ctr_1");
  EXPECT_EQ(good.code(), "NOT_FOUND");
  EXPECT_EQ(good.reason(), "nobody");
  EXPECT_TRUE(good.replayable());
  EXPECT_EQ(good.replay_state(), REPLAY_STATE_NEVER);
  const auto& undecodable = page->letters[3];
  EXPECT_EQ(undecodable.message_type(), "");
  EXPECT_EQ(undecodable.to(), "");
  EXPECT_EQ(undecodable.key(), "\xEF\xBF\xBD");
  EXPECT_TRUE(undecodable.replayable());
  for (const int foreign : {2, 1, 0}) EXPECT_FALSE(page->letters[static_cast<size_t>(foreign)].replayable());
  EXPECT_EQ(page->letters[1].code(), "DATA_LOSS");
}

TEST_F(LettersTest, PagesGoBackThroughAllOfThemOnce) {
  for (int i = 0; i < 333; ++i) {
    AddLetter(MessageTo("ctr_" + std::to_string(i)));
    if (i % 3 == 0) AddNote(i);
  }
  log_.topics[{kTopic, 0}].low = 101;
  log_.topics[{kTopic, 0}].records.erase(log_.topics[{kTopic, 0}].records.begin(),
                                         log_.topics[{kTopic, 0}].records.lower_bound(101));
  Letters letters = MakeLetters();
  std::vector<int64_t> offsets;
  std::optional<int64_t> before;
  int pages = 0;
  do {
    const auto page = letters.Before(before, 7, Soon());
    ASSERT_TRUE(page.ok()) << ToString(page.status());
    for (const auto& letter : page->letters) offsets.push_back(letter.offset());
    before = page->next_before;
    ASSERT_LE(page->letters.size(), 7u);
    ASSERT_LT(++pages, 100);
    AddLetter("newer");  // not of this list
  } while (*before >= 0);
  EXPECT_TRUE(std::is_sorted(offsets.rbegin(), offsets.rend()));
  std::vector<int64_t> wanted;
  for (const auto& [offset, record] : log_.topics[{kTopic, 0}].records) {
    const auto letter = ledger::ReadDeadLetter(*record.value);
    if (!letter->has_replay() && letter->value() != "newer") wanted.insert(wanted.begin(), offset);
  }
  EXPECT_EQ(offsets, wanted);
}

TEST_F(LettersTest, AReplayIsKnownByItsNoteAlsoOnLaterPages) {
  const int64_t replayed = AddLetter("a");
  const int64_t other = AddLetter("b");
  AddLetter("c");
  AddNote(replayed, "first");
  AddNote(replayed, "again");
  Letters letters = MakeLetters();
  const auto page = letters.Before(other + 1, 5, Soon());
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->letters.size(), 2u);
  EXPECT_EQ(page->letters[0].replay_state(), REPLAY_STATE_NEVER);
  EXPECT_EQ(page->letters[1].replay_state(), REPLAY_STATE_REPLAYED);
  EXPECT_EQ(page->letters[1].replayed_by().id(), "again");
}

TEST_F(LettersTest, WhereTooMuchWasWrittenSinceItDoesNotClaim) {
  const int64_t old = AddLetter("a");
  log_.topics[{kTopic, 0}].high += kNotesScanMax;
  AddLetter("b");
  Letters letters = MakeLetters();
  const auto page = letters.Before(old + 1, 5, Soon());
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->letters.size(), 1u);
  EXPECT_EQ(page->letters[0].replay_state(), REPLAY_STATE_UNKNOWN);
}

TEST_F(LettersTest, AFullPageReadsLittleOfALongTopic) {
  for (int i = 0; i < 20'000; ++i) AddLetter("x");
  Letters letters = MakeLetters();
  const auto page = letters.Before(std::nullopt, 20, Soon());
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->letters.size(), 20u);
  EXPECT_LT(log_.read, 200);
}

TEST_F(LettersTest, ATimeThatIsOverIsSaid) {
  AddLetter("a");
  Letters letters = MakeLetters();
  EXPECT_EQ(letters.Before(std::nullopt, 5, clock_.Now() - absl::Seconds(1)).status().code(), Code::kUnavailable);
  log_.away = true;
  EXPECT_EQ(letters.Before(std::nullopt, 5, Soon()).status().code(), Code::kUnavailable);
}

TEST_F(LettersTest, AToldEndThatLagsIsAwaited) {
  const int64_t offset = AddLetter("a");
  log_.topics[{kTopic, 0}].told_late = 2;
  Letters letters = MakeLetters();
  const auto found = letters.At({offset}, Soon());
  ASSERT_TRUE(found.ok()) << ToString(found.status());
  EXPECT_TRUE(found->entries.contains(offset));
}

}  // namespace
}  // namespace carillon::deadletter
