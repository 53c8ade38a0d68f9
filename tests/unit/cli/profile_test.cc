// `profile`: what is named goes out, and how it ended is the exit code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/cli/fake_services.h"

namespace carillon::cli {
namespace {

using ::testing::HasSubstr;
using publisher::v1::DELIVERY_STATE_DONE;
using publisher::v1::DELIVERY_STATE_FAILED;
using publisher::v1::DELIVERY_STATE_QUEUED;
using publisher::v1::DELIVERY_STATE_SENDING;
using publisher::v1::DELIVERY_STATE_UNCONFIRMED;

TEST_F(CliTest, AProfileIsShown) {
  EXPECT_EQ(Call({"profile", "get", "lumen", "--json"}), 0) << err_;
  EXPECT_EQ(Json::parse(out_)["display_name"], "Lumen");
  EXPECT_EQ(Json::parse(out_)["followers"], 7);
}

TEST_F(CliTest, OnlyWhatIsNamedOfAProfileIsChanged) {
  publisher_.states = {DELIVERY_STATE_SENDING, DELIVERY_STATE_DONE};
  EXPECT_EQ(Call({"profile", "set", "lumen", "--bio", "", "--field", "Shop=https://lumen.example/?a=b", "--field", "Blog=", "--avatar",
                  File("a.png", "A"), "--request-id", "r1", "--json"}),
            0)
      << err_;
  EXPECT_EQ(Json::parse(out_)["state"], "DONE");
  EXPECT_EQ(publisher_.set.request_id(), "r1");
  EXPECT_EQ(publisher_.set.account_id(), "acct_1");
  const auto& change = publisher_.set.change();
  EXPECT_FALSE(change.has_display_name());
  EXPECT_TRUE(change.has_bio());
  EXPECT_EQ(change.bio(), "");
  ASSERT_EQ(change.fields_size(), 2);
  EXPECT_EQ(change.fields(0).name(), "Shop");
  EXPECT_EQ(change.fields(0).value(), "https://lumen.example/?a=b");
  EXPECT_EQ(change.fields(1).name(), "Blog");
  EXPECT_EQ(change.fields(1).value(), "");
  EXPECT_EQ(change.avatar().sha256(), "sum1");
  EXPECT_FALSE(change.has_header());
}

TEST_F(CliTest, ARefusedChangeOfAProfileIsOne) {
  publisher_.states = {DELIVERY_STATE_FAILED};
  publisher_.error_reason = "INVALID_CONTENT";
  EXPECT_EQ(Call({"profile", "set", "lumen", "--display-name", "Lumen"}), 1);
  EXPECT_THAT(err_, HasSubstr("INVALID_CONTENT"));
  publisher_.answer = Refusal(grpc::StatusCode::FAILED_PRECONDITION, "NOT_OFFERED", "X has no such call");
  EXPECT_EQ(Call({"profile", "set", "lumen", "--display-name", "Lumen"}), 1);
  EXPECT_THAT(err_, HasSubstr("NOT_OFFERED"));
}

TEST_F(CliTest, AChangeOfAProfileWithoutAnAnswerIsThree) {
  publisher_.states = {DELIVERY_STATE_QUEUED};
  publisher_.waiting_for = "KILL_SWITCH";
  EXPECT_EQ(Call({"profile", "set", "lumen", "--display-name", "Lumen", "--wait", "0.5", "--request-id", "r7"}), 3);
  EXPECT_THAT(err_, HasSubstr("KILL_SWITCH"));
  EXPECT_THAT(err_, HasSubstr("--request-id r7"));
  publisher_.states = {DELIVERY_STATE_UNCONFIRMED};
  EXPECT_EQ(Call({"profile", "set", "lumen", "--display-name", "Lumen"}), 3);
  EXPECT_THAT(err_, HasSubstr("ask anew"));
}

}  // namespace
}  // namespace carillon::cli
