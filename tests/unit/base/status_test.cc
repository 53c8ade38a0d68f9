#include "common/base/status.h"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(StatusTest, ARefusalCarriesReasonAndParameters) {
  const Status status =
      Refuse(Code::kNotFound, "UNKNOWN_BRAND", "no brand 'Acme'", {{"brand", "Acme"}});
  ASSERT_TRUE(GetErrorInfo(status).has_value());
  EXPECT_EQ(ReasonOf(status), "UNKNOWN_BRAND");
  EXPECT_EQ(GetErrorInfo(status)->params.at("brand"), "Acme");
  EXPECT_EQ(ToString(status), "NOT_FOUND: no brand 'Acme' [UNKNOWN_BRAND]");
}

TEST(StatusTest, ARefusalOfBrokenTextStaysARefusal) {
  const Status status = Refuse(Code::kInvalidArgument, "BAD_TIMEZONE", "no zone 'caf\xE9'", {{"zone", "caf\xE9"}});
  EXPECT_EQ(ReasonOf(status), "BAD_TIMEZONE");
  EXPECT_EQ(GetErrorInfo(status)->params.at("zone"), "caf\xEF\xBF\xBD");
  EXPECT_EQ(Message(status), "no zone 'caf\xEF\xBF\xBD'");
}

TEST(StatusTest, AnErrorWithoutReasonProvesNothing) {
  EXPECT_FALSE(GetErrorInfo(MakeStatus(Code::kUnavailable, "broker away")).has_value());
}

TEST(StatusTest, AnnotateKeepsCodeAndReason) {
  const Status status = Annotate(Refuse(Code::kInvalidArgument, "BAD_ZONE", "no zone X"), "line 3");
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "BAD_ZONE");
  EXPECT_EQ(Message(status), "line 3: no zone X");
}

Result<int> Half(int n) {
  if (n % 2 != 0) return MakeStatus(Code::kInvalidArgument, "odd");
  return n / 2;
}
Result<int> Quarter(int n) {
  ASSIGN_OR_RETURN(const int half, Half(n));
  return Half(half);
}

TEST(StatusTest, MacrosPassErrorsOn) {
  EXPECT_EQ(Quarter(8).value(), 2);
  EXPECT_FALSE(Quarter(6).ok());
  EXPECT_FALSE(Quarter(3).ok());
}

}  // namespace
}  // namespace carillon
