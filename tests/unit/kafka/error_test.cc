// The verdict table: what each librdkafka error means for a transaction.
#include "common/kafka/error.h"

#include <gtest/gtest.h>

namespace carillon::kafka {
namespace {

struct Case {
  ErrorFlags flags;
  bool committing;
  Verdict verdict;
};

class VerdictTest : public ::testing::TestWithParam<Case> {};

TEST_P(VerdictTest, IsAsTheTableSays) {
  const Case& c = GetParam();
  EXPECT_EQ(VerdictOf(c.flags, c.committing), c.verdict)
      << rd_kafka_err2name(c.flags.code) << " fatal=" << c.flags.fatal
      << " retriable=" << c.flags.retriable << " abort=" << c.flags.requires_abort
      << " committing=" << c.committing << " gave " << ToString(VerdictOf(c.flags, c.committing));
}

constexpr auto kNone = RD_KAFKA_RESP_ERR_NO_ERROR;
constexpr auto kTimedOut = RD_KAFKA_RESP_ERR__TIMED_OUT;
constexpr auto kFenced = RD_KAFKA_RESP_ERR__FENCED;
constexpr auto kEpoch = RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
constexpr auto kGeneration = RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION;
constexpr auto kMember = RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID;
constexpr auto kSize = RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
constexpr auto kState = RD_KAFKA_RESP_ERR__STATE;

INSTANTIATE_TEST_SUITE_P(
    Table, VerdictTest,
    ::testing::Values(
        Case{{kNone}, false, Verdict::kOk}, Case{{kNone}, true, Verdict::kOk},
        // Fenced is over, whatever else is flagged.
        Case{{kFenced, true, false, false}, false, Verdict::kRecreate},
        Case{{kFenced, true, false, false}, true, Verdict::kRecreate},
        Case{{kEpoch, false, false, true}, true, Verdict::kRecreate},
        // Any fatal error ends the producer.
        Case{{kState, true, false, false}, true, Verdict::kRecreate},
        // The group does not know us: abort and wait for the assignment.
        Case{{kGeneration, false, false, true}, false, Verdict::kAbort},
        Case{{kMember, false, false, false}, false, Verdict::kAbort},
        Case{{kSize, false, false, true}, true, Verdict::kAbort},
        // A time-out is a retry before the commit and an unknown outcome in it.
        Case{{kTimedOut, false, true, false}, false, Verdict::kRetry},
        Case{{kTimedOut, false, true, false}, true, Verdict::kUncertain},
        Case{{kTimedOut, false, false, false}, true, Verdict::kUncertain},
        // No flag at all: fatal, says librdkafka; in a commit not known either.
        Case{{kState, false, false, false}, false, Verdict::kFatal},
        Case{{kState, false, false, false}, true, Verdict::kUncertain}));

TEST(KafkaErrorTest, StatusesOfTransportCarryNoErrorInfo) {
  const Status status = ToStatus(RD_KAFKA_RESP_ERR__TRANSPORT, "producing");
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_FALSE(GetErrorInfo(status).has_value()) << "a broker that is away proves nothing";
}

}  // namespace
}  // namespace carillon::kafka
