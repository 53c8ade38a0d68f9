#include "tests/unit/cli/fake_services.h"

namespace carillon::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class CliDeadLetterTest : public CliTest {
 protected:
  ops::v1::DeadLetter& Add(int64_t offset) {
    ops::v1::DeadLetter letter;
    letter.set_service("scheduler");
    letter.set_offset(offset);
    letter.mutable_at()->set_seconds(1'800'000'000 + offset);
    letter.set_origin_topic("carillon.scheduler.inbox.v1");
    letter.set_origin_partition(3);
    letter.set_origin_offset(70 + offset);
    letter.set_message_type("outcome");
    letter.set_to("post_1");
    letter.set_code("NOT_FOUND");
    letter.set_reason("no post\x1b[2J");
    letter.set_value_bytes(100);
    letter.set_replayable(true);
    letter.set_replay_state(ops::v1::REPLAY_STATE_NEVER);
    operations_.letters.insert(operations_.letters.begin(), letter);
    return operations_.letters.front();
  }
  std::vector<int64_t> Asked(size_t call) {
    if (call >= operations_.asked.size()) return {};
    return {operations_.asked[call].offsets().begin(), operations_.asked[call].offsets().end()};
  }
};

TEST_F(CliDeadLetterTest, OneServicesAreListedWithWhereTheyCameFrom) {
  Add(0);
  EXPECT_EQ(Call({"deadletter", "list", "--service", "scheduler"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("carillon.scheduler.inbox.v1[3] 70"));
  EXPECT_THAT(out_, HasSubstr("post_1"));
  EXPECT_THAT(out_, HasSubstr("NEVER"));
  EXPECT_THAT(out_, Not(HasSubstr("\x1b")));
  EXPECT_EQ(Call({"deadletter", "list", "--service", "scheduler", "--json"}), 0);
  const Json letter = Json::parse(out_)[0];
  EXPECT_EQ(letter["origin_offset"], 70);
  EXPECT_EQ(letter["at"], "2027-01-15T08:00:00Z");
  EXPECT_EQ(letter["replay_state"], "NEVER");
  EXPECT_FALSE(letter.contains("replayed_at"));
}

TEST_F(CliDeadLetterTest, AllServicesAreMergedByTimeUpToTheLimit) {
  for (int i = 0; i < 7; ++i) Add(2 * i);
  EXPECT_EQ(Call({"deadletter", "list", "--limit", "8", "--json"}), 0) << err_;
  std::vector<int64_t> offsets;
  for (const Json& letter : Json::parse(out_)) offsets.push_back(letter["offset"]);
  EXPECT_THAT(offsets, ElementsAre(12, 12, 12, 12, 12, 10, 10, 10));
  EXPECT_EQ(Call({"deadletter", "list", "--limit", "0", "--json"}), 0) << err_;
  EXPECT_EQ(Json::parse(out_).size(), 35u);
}

TEST_F(CliDeadLetterTest, AServiceThatDoesNotAnswerIsNamedAndNothingIsShown) {
  operations_.answer = {grpc::StatusCode::UNAVAILABLE, "Kafka is away"};
  EXPECT_EQ(Call({"deadletter", "list"}), 3);
  EXPECT_THAT(err_, HasSubstr("strategy: Kafka is away"));
  EXPECT_EQ(out_, "");
}

TEST_F(CliDeadLetterTest, WrongUsageAsksNothing) {
  EXPECT_EQ(Call({"deadletter", "list", "--service", "publishers"}), 2);
  EXPECT_THAT(err_, HasSubstr("one of: strategy, scheduler"));
  EXPECT_EQ(Call({"deadletter", "replay", "--service", "publishers", "--offset", "1"}), 2);
  EXPECT_EQ(Call({"deadletter", "replay", "--service", "publisher"}), 2);
  EXPECT_EQ(Call({"deadletter", "replay", "--service", "publisher", "--all", "--offset", "1"}), 2);
  EXPECT_EQ(Call({"deadletter", "replay", "--offset", "1"}), 2);
  EXPECT_TRUE(operations_.asked.empty());
}

TEST_F(CliDeadLetterTest, ALetterIsPutBackAndASecondTimeIsSaid) {
  operations_.repeated = 4;
  EXPECT_EQ(Call({"deadletter", "replay", "--service", "scheduler", "--partition", "0", "--offset", "4", "--json"}), 0) << err_;
  EXPECT_THAT(Asked(0), ElementsAre(4));
  EXPECT_EQ(Json::parse(out_)[0]["inbox_topic"], "carillon.scheduler.inbox.v1");
  EXPECT_THAT(err_, HasSubstr("letter 4 had been put back before"));
}

TEST_F(CliDeadLetterTest, ALetterThatIsNotThereIsARefusal) {
  operations_.refused = 9;
  EXPECT_EQ(Call({"deadletter", "replay", "--service", "scheduler", "--offset", "9"}), 1);
  EXPECT_THAT(err_, HasSubstr("there is no letter 9 [NO_SUCH_LETTER]"));
  EXPECT_EQ(Call({"deadletter", "replay", "--service", "scheduler", "--offset", "9", "--offset", "2"}), 1);
  EXPECT_THAT(Asked(1), ElementsAre(2, 9));
  EXPECT_THAT(err_, HasSubstr("1 put back, 1 not"));
}

TEST_F(CliDeadLetterTest, AnUnknownOutcomeIsCalledUnknown) {
  operations_.answer = {grpc::StatusCode::UNAVAILABLE, "the commit was cut"};
  EXPECT_EQ(Call({"deadletter", "replay", "--service", "scheduler", "--offset", "9"}), 3);
  EXPECT_THAT(err_, HasSubstr("not known whether these were put back: 9"));
  operations_.answer = Refusal(grpc::StatusCode::UNAVAILABLE, "NOT_REPLAYED", "nothing was put back");
  EXPECT_EQ(Call({"deadletter", "replay", "--service", "scheduler", "--offset", "9"}), 1);
  EXPECT_THAT(err_, Not(HasSubstr("not known")));
}

TEST_F(CliDeadLetterTest, AllLeavesAloneWhatWasPutBackAndWhatCannotBe) {
  for (int i = 0; i < 120; ++i) Add(2 * i);
  operations_.letters[5].set_replay_state(ops::v1::REPLAY_STATE_REPLAYED);
  operations_.letters[6].set_replayable(false);
  EXPECT_EQ(Call({"deadletter", "replay", "--service", "scheduler", "--all", "--json"}), 0) << err_;
  EXPECT_EQ(Json::parse(out_).size(), 118u);
  ASSERT_EQ(operations_.asked.size(), 3u);
  EXPECT_EQ(Asked(0).size(), 50u);
  EXPECT_EQ(Asked(0).front(), 0);
  EXPECT_EQ(Asked(2).back(), 238);
  EXPECT_THAT(err_, HasSubstr("1 were put back before"));
  EXPECT_THAT(err_, HasSubstr("1 can't be put back"));
}

TEST_F(CliDeadLetterTest, AllMindsWhatOneCallMayName) {
  Add(0).set_value_bytes(3 << 20);
  Add(2).set_value_bytes(3 << 20);
  Add(4);
  Add(5000);
  EXPECT_EQ(Call({"deadletter", "replay", "--service", "scheduler", "--all"}), 0) << err_;
  ASSERT_EQ(operations_.asked.size(), 3u);
  EXPECT_THAT(Asked(0), ElementsAre(0));
  EXPECT_THAT(Asked(1), ElementsAre(2, 4));
  EXPECT_THAT(Asked(2), ElementsAre(5000));
}

TEST_F(CliDeadLetterTest, NothingToPutBackIsDone) {
  EXPECT_EQ(Call({"deadletter", "replay", "--service", "scheduler", "--all"}), 0) << err_;
  EXPECT_TRUE(operations_.asked.empty());
}

}  // namespace
}  // namespace carillon::cli
